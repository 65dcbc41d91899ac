#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Many files: order, one that fails, the three forms of output, the same scores as a single run.
. "$(dirname "$0")/lib.sh"

mkdir -p "$scratch/many/deeper" "$scratch/none"
cp "$examples"/{1crn,1f4p}.pdb.gz "$scratch/many"
cp "$examples/5pti.cif.gz" "$scratch/many/deeper"
echo "no structure at all" >"$scratch/many/broken.pdb"
head -c 3000 "$examples/1tim.pdb.gz" >"$scratch/many/cut.pdb.gz"
echo "not looked at" >"$scratch/many/notes.txt"
ln -s ../many "$scratch/many/deeper/circle"
arguments=(--network tetris)

cli classify "$scratch/many" "${arguments[@]}" --csv
cp "$out" "$scratch/table"
check "one failure gives status 1" is 1
check "the others are done" python3 - "$out" <<'PY'
import csv, os, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert [os.path.basename(r['file']) for r in rows] == ['1crn.pdb.gz', '1f4p.pdb.gz', 'broken.pdb', 'cut.pdb.gz', '5pti.cif.gz'], rows
assert [bool(r['error']) for r in rows] == [False, False, True, True, False], rows
for r in rows:
    assert None not in r and None not in r.values()
    if not r['error']:
        scores = {k: float(v) for k, v in r.items() if k in ('chiral 1', 'chiral 2', 'square', 'line', 'corner', 'L', 'T', 'zigzag')}
        assert len(scores) == 8 and abs(sum(scores.values()) - 1) < 1e-4 and max(scores, key=scores.get) == r['class'], r
PY
check "failures are named" says "$err" broken.pdb cut.pdb.gz "3 files done, 2 failed"
check "the model card comes first" says "$err" "Trained in the experiment"
cli classify "$scratch/many" "${arguments[@]}" --jsonl
check "JSON lines" python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert len(rows) == 5 and ["error" in r for r in rows] == [False, False, True, True, False], rows
assert all("not trained on molecules" in r["warnings"][0] for r in rows if "error" not in r)' "$out"
cli classify "$scratch/many" "${arguments[@]}" --json
check "JSON" json 'len(d) == 5 and sum(d[0]["scores"].values()) > 0.999'
cp "$out" "$scratch/json"
cli run "$examples/1crn.pdb.gz" "${arguments[@]}" --json
check "as one run" python3 - "$scratch/json" "$out" <<'PY'
import json, sys
many, one = (json.load(open(p)) for p in sys.argv[1:])
for c in one["classes"]:
    assert abs(many[0]["scores"][c["class"]] - c["score"]) < 1e-6, (many[0], c)
PY
cli classify "$examples/1crn.pdb.gz" "$examples/5pti.cif.gz" "${arguments[@]}"
check "files" is 0
check "percent and class" says "$out" "%" "1crn.pdb.gz" "5pti.cif.gz"
cli classify "$examples/1crn.pdb.gz" --network quick --seed 3 --selection //A/1-10 --json
check "random weights and a selection" json 'len(d) == 1 and d[0]["atoms"] < 100'
check "random weights are named" says "$err" "seed 3"
cli classify "$scratch/none" "${arguments[@]}"
check "empty folder" refused none
cli classify "$scratch/missing" "${arguments[@]}" --csv
check "missing file" is 1
check "missing file is named" says "$err" missing
cli classify "$examples" --csv --json
check "two forms" misused --csv
cli classify
check "nothing" misused "no file"
# The reader of the output goes away: no endless work, no crash.
bash -c '"$1" classify "$2" "$2" "$2" "$2" --network tetris --jsonl 2>/dev/null | head -n 1' - "$program" "$scratch/many" >"$out"
check "a pipe that closes" bash -c "[ \$(wc -l <'$out') -eq 1 ]"
finish
