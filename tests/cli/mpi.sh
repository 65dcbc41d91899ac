#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A run shared by two processes: the same result, one set of files, a lost process, a stop. Needs a program built with Open MPI.
. "$(dirname "$0")/lib.sh"
command -v mpirun >/dev/null || skip_all "mpirun is not installed"
ldd "$program" | grep -q libmpi || skip_all "the program was built without Open MPI"

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
# Open MPI keeps memory to the end.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
together=(mpirun --oversubscribe --bind-to none -n 2)
settings=(tetris --size 16 --epochs 6 --batch 8 --validation 5 --validate-every 3 --seed 5 --rate 0.01)
mpi () {
  code=0
  timeout 120 "${together[@]}" "$program" "$@" >"$out" 2>"$err" </dev/null || code=$?
}
# Largest difference of the weights of two files, relative to the largest weight.
close_to () {
  python3 - "$scratch/alone/$1" "$2/$1" <<'PY' 2>>"$err"
import json, struct, sys
def read(path):
    data = open(path, 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    head = json.loads(data[8:8 + n])
    head.pop('__metadata__')
    return {k: struct.unpack('<%df' % ((v['data_offsets'][1] - v['data_offsets'][0]) // 4),
                             data[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]]) for k, v in head.items()}
a, b = read(sys.argv[1]), read(sys.argv[2])
assert a.keys() == b.keys()
scale = max(abs(x) for t in a.values() for x in t)
worst = max(abs(x - y) for k in a for x, y in zip(a[k], b[k])) / scale
print('# largest difference', worst, file=sys.stderr)
assert worst < 1e-4, worst
PY
}
lines () { [ "$(wc -l <"$2/metrics.csv")" -eq "$1" ]; }
once () { [ "$(grep -cF -- "$1" "$err")" -eq 1 ]; }

cli train "${settings[@]}" --run "$scratch/alone"
check "one process" is 0
mpi train "${settings[@]}" --run "$scratch/two"
check "two processes" is 0
check "the same last weights" close_to last.safetensors "$scratch/two"
check "the same best weights" close_to best.safetensors "$scratch/two"
check "each epoch once in the table" lines 7 "$scratch/two"
check "validation told once" once "epoch 3/6"
check "says how many share" says "$err" "2 processes"
mpi train "${settings[@]}" --run "$scratch/json" --json
check "lines of one process" python3 -c 'import json,sys
l=[json.loads(x) for x in open(sys.argv[1])]
assert [x["event"] for x in l].count("start")==1 and l[0]["processes"]==2 and l[-1]["event"]=="done"' "$out"
mpi train tetris --size 16 --batch 1 --epochs 1 --run "$scratch/few"
check "too few samples for two" says "$err" "cannot be shared by 2 processes"
check "too few samples for two: fails" test "$code" -ne 0

# Stopped by mpirun's signal, gone on with by one process.
long=(tetris --size 16 --epochs 100000 --batch 8 --validation 2 --validate-every 1000 --seed 5 --rate 0.01)
begin () { # FOLDER; leaves $runner, and the ranks in $ranks
  "${together[@]}" "$program" train "${long[@]}" --run "$1" >"$out" 2>"$err" </dev/null &
  runner=$!
  for _ in $(seq 300); do
    [ -s "$1/checkpoint" ] && break
    sleep 0.1
  done
  ranks=($(pgrep -P "$runner" -f "$1"))
}
steps_of () { python3 -c 'import struct,sys; print(struct.unpack("<Q", open(sys.argv[1],"rb").read()[24+32:24+40])[0])' "$1/checkpoint"; }

begin "$scratch/lost"
check "two ranks" test ${#ranks[@]} -eq 2
kill -KILL "${ranks[1]}"
code=0
wait "$runner" || code=$?
check "a lost process ends the run" test "$code" -ne 0
check "and is told" says "$err" "another process of this run has ended"
# Ended within a moment, or waits for nothing but to be taken note of.
gone () {
  for _ in $(seq 100); do
    grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null || return 0
    sleep 0.1
  done
  return 1
}
check "no process stays" gone "${ranks[0]}"
before=$(steps_of "$scratch/lost")
"$program" train "${long[@]}" --run "$scratch/lost" --resume --json >"$out" 2>"$err" </dev/null &
process=$!
for _ in $(seq 600); do
  grep -q '"step"' "$out" && break
  sleep 0.1
done
kill -TERM $process
wait $process
after=$(steps_of "$scratch/lost")
check "its checkpoint goes on in one process" test "$after" -gt "$before"

begin "$scratch/stopped"
kill -TERM "${ranks[@]}"
code=0
wait "$runner" || code=$?
check "a stop is told" says "$err" "stopped; go on with"
check "and said once" once "go on with"
mpi train "${long[@]}" --run "$scratch/stopped" &
other=$!
wait "$other"
check "a run is not overwritten" says "$err" "there is a run in this folder"
finish
