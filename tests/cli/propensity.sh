#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Amino-acid propensities: probabilities of every residue, the forms of output, structures with B factors, bad files beside good ones,
# the same numbers for a turned structure.
. "$(dirname "$0")/lib.sh"

mkdir -p "$scratch/many" "$scratch/none" "$scratch/out"
cp "$examples/1crn.pdb.gz" "$scratch/many"
echo "no structure at all" >"$scratch/many/broken.pdb"
cp "$examples/single-atom.pdb" "$scratch/many"

cli propensity "$scratch/many" --csv
cp "$out" "$scratch/table"
check "failures give status 1" is 1
check "and are named" says "$err" broken.pdb "no protein" "1 files done, 2 failed" "46 residues"
check "CSV" python3 - "$out" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
names = "ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL".split()
assert len(rows) == 46, len(rows)
assert [r["residue"] for r in rows[:5]] == ["THR", "THR", "CYS", "CYS", "PRO"], rows[:5]
for r in rows:
    p = {n: float(r[n]) for n in names}
    assert abs(sum(p.values()) - 1) < 1e-4 and max(p, key=p.get) == r["best"], r
    assert abs(p[r["residue"]] - float(r["probability"])) < 1e-6, r
    assert int(r["rank"]) == 1 + sum(v > p[r["residue"]] for v in p.values()), r
PY
cli propensity "$scratch/many" --jsonl
check "JSON lines" python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert len(rows) == 3 and sorted("error" in r for r in rows) == [False, True, True], rows
good = [r for r in rows if "error" not in r][0]
assert good["residues_known"] == 46 and len(good["residues"]) == 46
assert all(abs(sum(r["probabilities"].values()) - 1) < 1e-4 for r in good["residues"])' "$out"
cli propensity "$scratch/many" --json
check "JSON" json 'len(d) == 3 and sum("error" in r for r in d) == 2'
cli propensity "$scratch/many/1crn.pdb.gz" --output "$scratch/out/p.pdb"
check "a PDB file" is 0
check "percent as B factors, alike in a residue" python3 - "$scratch/out/p.pdb" "$scratch/table" <<'PY'
import csv, sys
of = {int(r["number"]): 100 * float(r["probability"]) for r in csv.DictReader(open(sys.argv[2]))}
n = 0
for line in open(sys.argv[1]):
    if line.startswith("ATOM"):
        assert abs(float(line[60:66]) - of[int(line[22:26])]) < 0.0051, line
        n += 1
assert n > 300, n
PY
# Choices are taken, not passed over.
other () { is 0 && [ "$(tail -n +2 "$out" | cut -d, -f7-)" != "$(tail -n +2 "$scratch/table" | cut -d, -f7-)" ]; }
cli propensity "$scratch/many/1crn.pdb.gz" --csv; check "the same again" eval '! other'
for choice in "--engine sampled" "--size 14" "--sigma 1" "--voxel 1.7"; do
  cli propensity "$scratch/many/1crn.pdb.gz" --csv $choice; check "$choice counts" other
done
cli propensity "$scratch/many/1crn.pdb.gz" --channels ca; check "channels cannot be chosen" misused channels
cli evaluate tetris --sigma 1; check "nor what an experiment's network says" misused sigma
cli propensity "$scratch/many" --structures "$scratch/out"
check "mmCIF files" test -s "$scratch/out/1crn.propensity.cif"
cli propensity "$scratch/many/1crn.pdb.gz" --structures "$scratch/out" --pdb
check "PDB files" test -s "$scratch/out/1crn.propensity.pdb"
# Nothing is told about the side chains, and orientation does not matter.
python3 - "$examples/1crn.pdb.gz" "$scratch" <<'PY'
import gzip, math, sys
lines = gzip.open(sys.argv[1], "rt").read().splitlines()
c, s = math.cos(0.9), math.sin(0.9)
def turned(x, y, z):
    x, y = c * x - s * y, s * x + c * y
    return c * x + s * z + 3, y - 7, -s * x + c * z + 11
with open(sys.argv[2] + "/turned.pdb", "w") as a, open(sys.argv[2] + "/cut.pdb", "w") as b:
    for line in lines:
        if line.startswith(("ATOM", "HETATM")):
            p = turned(*(float(line[i:i + 8]) for i in (30, 38, 46)))
            a.write(line[:30] + "%8.3f%8.3f%8.3f" % p + line[54:] + "\n")
            if not (line[22:26].strip() == "10" and line[12:16].strip() not in ("N", "CA", "C", "O")):
                b.write(line + "\n")
PY
for name in turned cut; do cli propensity "$scratch/$name.pdb" --csv && cp "$out" "$scratch/$name"; done
check "turned and cut" python3 - "$scratch/table" "$scratch/turned" "$scratch/cut" <<'PY'
import csv, sys
whole, turned, cut = (list(csv.DictReader(open(p))) for p in sys.argv[1:])
worst = max(abs(float(a["probability"]) - float(b["probability"])) for a, b in zip(whole, turned))
mean = sum(abs(float(a["probability"]) - float(b["probability"])) for a, b in zip(whole, turned)) / len(whole)
assert len(turned) == 46 and worst < 0.1 and mean < 0.02, (worst, mean)
a, b = ([r for r in rows if r["number"] == "10"][0] for rows in (whole, cut))
assert abs(float(a["probability"]) - float(b["probability"])) < 1e-5, (a, b)
others = [abs(float(a["probability"]) - float(b["probability"])) for a, b in zip(whole, cut) if a["number"] != "10"]
assert max(others) > 1e-5
PY
cli propensity "$examples/1crn.pdb.gz" --network cath
check "a network for something else" refused "does not tell amino acids"
cli propensity "$scratch/none"
check "empty folder" refused none
cli propensity "$scratch/many" --output "$scratch/x.csv"
check "one file for many" misused --structures
cli propensity "$examples/1crn.pdb.gz" --output "$scratch/x.txt"
check "an unknown suffix" misused .csv
cli propensity "$examples/1crn.pdb.gz" --csv --jsonl
check "two forms" misused --csv
finish
