#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Indexes of meshes and searching them: a turned copy finds the shape it is of, bad files beside good ones, indexes that are none or
# of something else.
. "$(dirname "$0")/lib.sh"
shapes=$SW_DATADIR/shapes
ls "$shapes"/*.off.gz >/dev/null 2>&1 || skip_all "the shapes are not here"

mkdir -p "$scratch/many" "$scratch/bad" "$scratch/empty"
for name in bar-6140 tyre-59895 tyre-89201 wheel-33211; do cp "$shapes/$name.off.gz" "$scratch/many"; done
# A copy turned, larger, moved, and of another format.
turn () {
  python3 - "$1" "$2" <<'PY'
import gzip, sys
words = gzip.open(sys.argv[1], "rt").read().split()
assert words[0] == "OFF"
n, m = int(words[1]), int(words[2])
at = 4
out = open(sys.argv[2], "w")
w, x, y, z = 0.5, 0.1, -0.7, 0.5
norm = (w * w + x * x + y * y + z * z) ** 0.5
w, x, y, z = w / norm, x / norm, y / norm, z / norm
R = [[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
     [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
     [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]]
for i in range(n):
    p = [float(v) for v in words[at:at + 3]]
    at += 3
    out.write("v %.6f %.6f %.6f\n" % tuple(3 * sum(R[r][c] * p[c] for c in range(3)) + 7 for r in range(3)))
for i in range(m):
    k = int(words[at])
    out.write("f " + " ".join(str(int(v) + 1) for v in words[at + 1:at + 1 + k]) + "\n")
    at += 1 + k
PY
}

cli index "$scratch/many" -o "$scratch/a.json" --json
check "an index" is 0
check "of four" json 'd["shapes"] == 4 and d["failed"] == 0 and d["network"] == "shapes" and d["index"].endswith("a.json")'
check "absolute paths, probabilities" python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
assert d["format"].startswith("swivel-shape-index") and len(d["shapes"]) == 4
assert all(s["path"].startswith("/") and len(s["scores"]) == d["classes"] and abs(sum(s["scores"]) - 1) < 1e-4 for s in d["shapes"])' "$scratch/a.json"
for name in bar-6140 tyre-59895; do
  turn "$shapes/$name.off.gz" "$scratch/turned.obj"
  cli search "$scratch/turned.obj" --index "$scratch/a.json" --json
  check "a turned $name" is 0
  check "finds itself first" json '[m["path"].split("/")[-1] for m in d["matches"]][0] == "'$name'.off.gz" and d["matches"][0]["similarity"] > 0.98'
  check "then others, less and less alike" json 'len(d["matches"]) == 4 and all(a["similarity"] >= b["similarity"] for a, b in zip(d["matches"], d["matches"][1:])) and d["matches"][1]["similarity"] < d["matches"][0]["similarity"]'
  check "of its class" json 'd["matches"][0]["class"] == d["class"]'
done
check "the other tyre next" json 'd["matches"][1]["path"].endswith("tyre-89201.off.gz")'
cli search "$scratch/many/tyre-59895.off.gz" --index "$scratch/a.json" --number 1 --axis-angle 1,2,3,77 --json
check "a shape of the index itself is not among its matches" json '[m["path"].split("/")[-1] for m in d["matches"]] == ["tyre-89201.off.gz"]'
cli search "$scratch/turned.obj" --index "$scratch/a.json"
check "in words" says "$out" "turned.obj: Tyre" "tyre-59895.off.gz"

cli run "$scratch/turned.obj" --network shapes
check "lengths of a mesh are no angstrom" says "$out" "24^3 voxels of 1/10 of the radius"
check "nowhere" bash -c '! grep -q Å "$1"' - "$out"

# The index that is taken when none is named.
cli search "$scratch/turned.obj"
check "none yet" refused "swivel-cli index"
cli index "$scratch/many/bar-6140.off.gz" "$scratch/many/wheel-33211.off.gz"
check "in the person's folder" says "$out" "2 shapes" "$XDG_DATA_HOME/swivel/shape-index.json"
cli search "$scratch/turned.obj" --json
check "found there" json 'len(d["matches"]) == 2'

# Files that cannot be taken.
printf 'OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n' >"$scratch/bad/corner.off"
printf 'v 0 0 0\nf 1 2 \xff\xfe\n' >"$scratch/bad/word.obj"
cp "$shapes/bar-6140.off.gz" "$scratch/bad/good.off.gz"
cli index "$scratch/bad" "$examples/1crn.pdb.gz" -o "$scratch/b.json" --json
check "failures give status 1" is 1
check "are named, with their cause" says "$err" "corner.off: line 6" "word.obj: line 2" "1crn.pdb.gz is no mesh"
check "in valid UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null "$err"
check "and the rest goes on" json 'd["shapes"] == 1 and d["failed"] == 3'
cp "$scratch/b.json" "$scratch/kept.json"
cli index "$scratch/bad/corner.off" -o "$scratch/b.json"
check "nothing to write" refused "corner.off" "no index"
check "leaves the index that was there" cmp -s "$scratch/b.json" "$scratch/kept.json"
cp "$shapes/bar-6140.off.gz" "$scratch/empty/"$'na\xffme.off.gz'
cli index "$scratch/empty/"$'na\xffme.off.gz' "$scratch/many/bar-6140.off.gz" -o "$scratch/c.json" --json
check "a name that cannot be written down is named, too" is 1
check "with its cause" says "$err" "UTF-8"
check "and counted" json 'd["shapes"] == 1 and d["failed"] == 1'
rm "$scratch/empty/"*
cli index "$scratch/empty"
check "an empty folder" refused "empty" "no meshes"
cli index "$scratch/nowhere"
check "no folder" refused "nowhere"
cli index "$scratch/many" -n quick
check "a network of atoms" refused "quick" "meshes"
cli index "$scratch/many" -o "$scratch/nowhere/a.json"
check "no such folder to write in" refused "nowhere/a.json"
cli index "$scratch/many" --waters
check "nothing is chosen of a mesh" misused "--waters"

# Indexes that cannot be searched.
mesh=$scratch/turned.obj
head -c 300 "$scratch/a.json" >"$scratch/x.json"
cli search "$mesh" --index "$scratch/x.json"
check "cut short" refused "x.json"
echo '[]' >"$scratch/x.json"
cli search "$mesh" --index "$scratch/x.json"
check "no index" refused "x.json" "no index of shapes"
sed 's/"scores":\[[^,]*,/"scores":[7,/' "$scratch/a.json" >"$scratch/x.json"
cli search "$mesh" --index "$scratch/x.json"
check "scores that are none" refused "x.json" "make no sense"
sed 's/"scores":\[[^,]*,/"scores":[/' "$scratch/a.json" >"$scratch/x.json"
cli search "$mesh" --index "$scratch/x.json"
check "a score too few" refused "x.json" "make no sense"
cli search "$mesh" --index "$scratch/nowhere.json"
check "no file" refused "nowhere.json"
check "named once" bash -c '[ "$(grep -o nowhere.json "$1" | wc -l)" = 1 ]' - "$err"
cli search "$mesh" --index "$scratch/a.json" --seed 3
check "other weights" refused "a.json" "again"
cli search "$mesh" --index "$scratch/a.json" --engine sampled
check "another engine" refused "a.json" "again"
cli search "$mesh" --index "$scratch/a.json" --voxel 4
check "another grid" refused "a.json" "again"
cli search "$examples/1crn.pdb.gz" --index "$scratch/a.json"
check "no mesh" refused "1crn" "no mesh"
cli search "$mesh" --index "$scratch/a.json" --number 0
check "none wanted" misused "--number"
finish
