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

cli evaluate tetris --weights "$scratch/whole/last.safetensors" --size 16 --samples 8 --json
check "evaluate" is 0
cli evaluate tetris --weights "$scratch/whole/last.safetensors" --size 16 --samples 8 --seed 1 --json
first=$(cat "$out")
cli evaluate tetris --weights "$scratch/whole/last.safetensors" --size 16 --samples 8 --seed 2 --json
check "other samples from another seed" test "$first" != "$(cat "$out")"
check "evaluation is of those weights" json 'd["samples"] == 8 and not d["random_weights"] and sum(map(sum, d["confusion"])) == 8'
finish
