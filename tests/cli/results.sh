#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the commands give on real structures: JSON alone on stdout, files with the right shapes.
. "$(dirname "$0")/lib.sh"
protein=$examples/1crn.pdb.gz

cli info "$protein" --json
check "info" json 'd["structure"]["atoms"] == 327 and d["structure"]["c_alphas"] == 46 and d["kind"] == "structure"'
check "info says nothing else" silent "$err"
cli info "$protein" --selection //A/1-10/CA --json
check "selection" json 'd["structure"]["atoms"] == 10'
cli networks --json
check "networks" json '{"quick", "cath", "tetris", "shrec17", "amino-acid"} <= {n["name"] for n in d}'
check "published numbers of parameters" json \
  '{n["name"]: n["parameters"] for n in d}["cath"] == 143560 and {n["name"]: n["parameters"] for n in d}["tetris"] == 41198'

cli run "$protein" --network quick --seed 7 --json
check "run" json 'len(d["classes"]) == 4 and abs(sum(c["score"] for c in d["classes"]) - 1) < 1e-5 and d["atoms"] == 327'
check "run: norms and times of layers" json 'all("norm" in l and l["seconds"] >= 0 for l in d["layers"]) and d["memory_peak_bytes"] > 0'
check "no bar when piped" bash -c "! grep -q '\[' '$err'"
cp "$out" "$scratch/first"
cli run "$protein" --network quick --seed 7 --axis-angle 0,0,1,90 --json
check "a quarter turn changes no score" python3 - "$scratch/first" "$out" <<'PY'
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
worst = max(abs(x["logit"] - y["logit"]) for x, y in zip(a["classes"], b["classes"]))
size = max(abs(x["logit"]) for x in a["classes"])
print("#", worst / size)
sys.exit(worst > 3e-5 * size)
PY
cli run "$protein" --network quick --engine sampled --layer layer1 --output "$scratch/f.npz" --json
check "field of a layer" is 0
check "npz" python3 -c '
import sys, zipfile
names = set(zipfile.ZipFile(sys.argv[1]).namelist())
assert {"field.npy", "fields.npy", "conventions.npy", "gates.npy", "spacing_angstrom.npy"} <= names, names' "$scratch/f.npz"
cli run "$protein" --network quick --layer input --output "$scratch/d.map"
check "density as a map" is 0
cli info "$scratch/d.map" --json
check "the map opens" json 'd["volume"]["shape_zyx"] == [32, 32, 32] and abs(d["volume"]["spacing_angstrom"] - 2) < 1e-4'
cli run "$scratch/d.map" --network quick --json
check "a network runs on the map" json 'len(d["classes"]) == 4'
cli voxelize "$protein" --output "$scratch/v.npy" --size 40 --voxel 1 --channels element --json
check "voxelize" json 'd["size"] == 40 and d["channels"] == 6'
check "conventions beside the array" says "$scratch/v.npy.txt" "Rotations are active"
cli kernels --in 1 --out 1 --size 5 --output "$scratch/k.npy" --json
check "kernels" json 'd["shape"] == [7, 3, 3, 5, 5, 5]'
check "kernels turn" json 'len(d["turned"]) == 7 and all(t["cube"] < 1e-9 and t["continuous"] < 1e-9 < t["random"] for t in d["turned"])'
check "kernel file" [ -s "$scratch/k.npy" ]

cli equivariance "$protein" --network quick --rotations 1 --points 100 --no-others --json
check "equivariance" json 'd["random"]["rotations"] == 1 and d["cube"]["rotations"] == 24 and len(d["rotations"]) == 1'
check "cube rotations exact" json 'max(l["error"]["max"] for l in d["cube"]["layers"] if not l["silent"]) < 1e-5'
check "report names seeds, versions, conventions" json '{"seed", "weights_seed", "program", "conventions", "w_max"} <= set(d)'
cli equivariance "$protein" --network quick --rotations 1 --points 100 --no-others --no-cube --fail-above 1e-9
check "fail above" is 1
check "fail above says why" says "$err" "above"
cli attribute "$protein" --network quick --seed 7 --size 24 --rotations 2 --selection //A/1-12 --occlusion --output "$scratch/a.csv" --json
check "attribute" json 'len(d["residues"]) == 12 and len(d["atoms"]) == sum(r["atoms"] for r in d["residues"]) and abs(sum(r["value"] for r in d["residues"]) - d["sum"]) < 1e-6 * sum(abs(r["value"]) for r in d["residues"])'
check "attribute: occlusion" json '-1 <= d["rank_correlation"] <= 1 and all(r["occlusion"] is not None for r in d["residues"])'
check "attribute: table" bash -c '[ "$(grep -c ^residue, "$1")" -eq 12 ] && [ "$(grep -c ^atom, "$1")" -gt 70 ]' - "$scratch/a.csv"
cli attribute "$protein" --network quick --seed 7 --size 24 --rotations 1 --class 2 --output "$scratch/a.cxc"
check "attribute: script" says "$scratch/a.cxc" 'open "a.cif"' "color byattribute bfactor palette -100,"
cli info "$scratch/a.cif" --json
check "attribute: structure opens" json 'd["structure"]["atoms"] == 327'
cli doctor --json
check "doctor" json 'd["self_test"]["passed"] and d["threads"] >= 1 and "OpenBLAS" in d["blas"] and "fftw-3" in d["fftw"]'
if json 'd["graphics"]["usable"]'; then
  cli render "$protein" --network quick --picture 240x160 --axis-angle 1,1,0,30 --output "$scratch/p.png" --json
  check "render" json 'd["width"] == 240 and d["layer_error"] < 0.05'
  check "picture" bash -c "head -c 8 '$scratch/p.png' | grep -q PNG"
fi
finish
