#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Training: killed and resumed it ends with the same bytes; one process at a time in a folder; wrong calls.
. "$(dirname "$0")/lib.sh"

# Two samples a step: 4 steps an epoch.
settings=(tetris --size 16 --epochs 2 --batch 2 --validation 4 --validate-every 1 --seed 5)
train () { cli train "${settings[@]}" "$@"; }
same () { cmp -s "$scratch/whole/$1" "$2/$1"; }
lines () { [ "$(wc -l <"$1/metrics.csv")" -eq 3 ]; }

cli train
check "no experiment" misused tetris
cli train nothing
check "unknown experiment" misused nothing tetris
cli train tetris --preset nothing
check "unknown recipe" misused nothing
cli train tetris --resume
check "resume without folder" misused --run
cli train tetris --epochs -1
check "negative epochs" misused --epochs
cli evaluate nothing
check "unknown experiment to evaluate" misused nothing

train --run "$scratch/whole"
check "whole run" is 0
check "weights written" test -s "$scratch/whole/last.safetensors" -a -s "$scratch/whole/best.safetensors"
check "a line for each epoch" lines "$scratch/whole"
train --run "$scratch/whole"
check "a run is not overwritten" refused "$scratch/whole" resume
settings=(tetris --size 16 --epochs 2 --batch 2 --validation 4 --validate-every 1 --seed 6)
train --run "$scratch/whole" --resume
check "other settings do not go on with it" refused "$scratch/whole" settings
settings=(tetris --size 16 --epochs 2 --batch 2 --validation 4 --validate-every 1 --seed 5)

# The same run, killed after a random part of the time that the whole one took, or stopped by a signal that lets it write.
RANDOM=${SEED:-$$}
took=$(tail -1 "$scratch/whole/metrics.csv" | sed 's/.*,//')
for signal in KILL TERM KILL; do
  part=$((RANDOM % 100))
  folder=$scratch/run-$signal-$part
  echo "# SIG$signal after $part % of $took s"
  "$program" train "${settings[@]}" --run "$folder" >/dev/null 2>&1 </dev/null &
  process=$!
  sleep "$(awk "BEGIN {print 0.2 + $took * $part / 100}")"
  kill -$signal $process 2>/dev/null
  wait $process 2>/dev/null
  train --run "$folder" --resume
  check "resumed after SIG$signal" is 0
  check "the same last weights" same last.safetensors "$folder"
  check "the same best weights" same best.safetensors "$folder"
  check "each epoch once" lines "$folder"
done

# The folder is taken while a process trains in it.
"$program" train tetris --size 16 --epochs 100000 --validation 1 --run "$scratch/busy" >/dev/null 2>&1 </dev/null &
process=$!
for _ in $(seq 100); do
  [ -s "$scratch/busy/config.json" ] && break
  sleep 0.1
done
cli train tetris --size 16 --epochs 100000 --validation 1 --run "$scratch/busy" --resume
check "second process refused, naming the first" refused "$scratch/busy" "$process"
kill -KILL $process
wait $process 2>/dev/null

# Lines of JSON, as src/cli/README.md says.
train --run "$scratch/lines" --json
check "lines of JSON" python3 -c 'import json,sys
lines = [json.loads(line) for line in open(sys.argv[1])]
names = [line["event"] for line in lines]
assert names[0] == "start" and names[-1] == "done" and names.count("epoch") == 2 and "checkpoint" in names, names
assert set(names) <= {"start", "step", "validating", "epoch", "checkpoint", "done"}, names
assert lines[0]["steps"] == 4 and lines[0]["training_samples"] == 8 and len(lines[0]["classes"]) == 8
v = [line for line in lines if line["event"] == "epoch"][-1]["validation"]
right = sum(v["confusion"][i][i] for i in range(8))
assert right / 4 == v["accuracy"] and len(v["misjudged"]) == 4 - right and v["equivariance_error"] >= 0, v
assert v == json.load(open(sys.argv[2]))
assert lines[-1]["epoch"] == 2 and lines[-1]["last"].endswith("last.safetensors")' "$out" "$scratch/lines/validation.json"
cli train tetris --size 16 --run "$scratch/lines" --json
check "a refusal is a line, too" python3 -c 'import json,sys
line, = [json.loads(line) for line in open(sys.argv[1])]
assert line["event"] == "failed" and sys.argv[2] in line["message"]' "$out" "$scratch/lines"
record () { python3 -c 'import json,struct,sys
data = open(sys.argv[1], "rb").read()
meta = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]
r = json.loads(meta["training"])
assert meta["licence"] == "CC0-1.0" and r["seed"] == 5 and r["epochs_trained"] == 2 and r["program"].startswith("swivel ")
assert "best_validation_accuracy" in r and r["validate_every"] == 1 and r["weights"] == "random" and r["plain_stride"] is False' "$1"; }
train --run "$scratch/licensed" --licence CC0-1.0 --half
check "the weights carry their record" record "$scratch/licensed/last.safetensors"
check "half the size" test "$(stat -c %s "$scratch/licensed/last.safetensors")" -lt $(($(stat -c %s "$scratch/whole/last.safetensors") * 6 / 10))
train --run "$scratch/other" --weights "$scratch/whole/last.safetensors"
check "from weights" is 0
train --run "$scratch/other" --resume
check "not resumed from others" refused "$scratch/other" "weights:" random
train --run "$scratch/whole" --resume --plain-stride
check "not resumed with plain stride" refused "plain_stride: false, now true"
train --run "$scratch/whole" --resume --twin
check "not resumed with another network" refused "network:" tetris-cnn

# A checkpoint that was altered or cut off, and a disk that is full: told, and the old checkpoint stays.
mkdir "$scratch/bad"
cp "$scratch/whole/"* "$scratch/bad/"
printf 'x' | dd of="$scratch/bad/checkpoint" bs=1 seek=5000 conv=notrunc status=none
train --run "$scratch/bad" --resume
check "altered checkpoint" refused "$scratch/bad/checkpoint" checksum
truncate -s 5000 "$scratch/bad/checkpoint"
train --run "$scratch/bad" --resume
check "checkpoint cut off" refused "$scratch/bad/checkpoint" "cut off"
printf '{"epochs": ' >"$scratch/bad/config.json"
train --run "$scratch/bad" --resume
check "damaged configuration" refused "$scratch/bad/config.json" damaged

cli train tetris --size 16 --epochs 3 --rate 1e38 --seed 5 --run "$scratch/diverged"
check "a rate far too high" refused "not a finite number" "step 1" 'layer "'

# Files of 100 kB at most: the weights alone have 160.
(trap '' XFSZ; ulimit -f 100; exec "$program" train "${settings[@]}" --run "$scratch/full" >"$out" 2>"$err" </dev/null)
code=$?
check "no room" refused "$scratch/full/"
check "nothing half-written" test ! -e "$scratch/full/last.safetensors" -a ! -e "$scratch/full/checkpoint"
train --run "$scratch/full" --resume
check "with room it goes on" is 0
check "and reaches the same weights" same last.safetensors "$scratch/full"
"$program" train "${settings[@]}" --run "$scratch/later" >/dev/null 2>&1 </dev/null &
process=$!
for _ in $(seq 200); do
  [ -s "$scratch/later/metrics.csv" ] && break
  sleep 0.02
done
kill -TERM $process 2>/dev/null
wait $process 2>/dev/null
cp "$scratch/later/checkpoint" "$scratch/before"
(trap '' XFSZ; ulimit -f 100; exec "$program" train "${settings[@]}" --run "$scratch/later" --resume >"$out" 2>"$err" </dev/null)
check "the checkpoint before the full disk stays" cmp -s "$scratch/before" "$scratch/later/checkpoint"
train --run "$scratch/later" --resume
check "and goes on" same last.safetensors "$scratch/later"

cli evaluate tetris --weights "$scratch/whole/last.safetensors" --size 16 --samples 8 --json
check "evaluate" is 0
cli evaluate tetris --weights "$scratch/whole/last.safetensors" --size 16 --samples 8 --seed 1 --json
first=$(cat "$out")
cli evaluate tetris --weights "$scratch/whole/last.safetensors" --size 16 --samples 8 --seed 2 --json
check "other samples from another seed" test "$first" != "$(cat "$out")"
check "evaluation is of those weights" json 'd["samples"] == 8 and not d["random_weights"] and sum(map(sum, d["confusion"])) == 8'
finish
