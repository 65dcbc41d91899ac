#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Errors against the angle on the command line: numbers, files, refusals.
. "$(dirname "$0")/lib.sh"
protein=$examples/1crn.pdb.gz
quick="--network quick --size 24 --points 200"

cli sweep "$protein" $quick --steps 4 --random 2 --sample-seed 5 --json -o "$scratch/a.csv" -o "$scratch/a.svg" -o "$scratch/a.png" -o "$scratch/a.pdf"
check "sweep" is 0
check "both engines and the twin" json '[c["label"] for c in d["curves"]] == ["band-limited", "sampled", "ordinary CNN"]'
check "quarter turns are exact" json 'all(max(l["by_angle"]) < 1e-5 for c in d["curves"][:2] for l in c["layers"] if not l["silent"] and l["size"] > 1)'
check "not in the ordinary network" json 'min(l["by_angle"][2] for l in d["curves"][2]["layers"] if l["size"] > 1 and l["name"] != "input") > 0.3'
check "the same where nothing is turned" json 'all(l["by_angle"][0] == 0 for c in d["curves"] for l in c["layers"] if not l["silent"])'
check "seeds, versions, hashes" json 'd["seed"] == 5 and d["program"].startswith("swivel ") and len(d["random_rotations_wxyz"]) == 2 and all(len(c["weights_sha256"]) == 64 for c in d["curves"])'
check "csv" bash -c '[ "$(head -1 "$1" | cut -d, -f1-6)" = curve,network,engine,layer,series,angle_degrees ] && grep -q "^\"ordinary CNN\",quick-cnn,sampled,layer1.act,random," "$1"' - "$scratch/a.csv"
check "svg has lines, no picture" bash -c 'grep -q "<path" "$1" && ! grep -q "<image" "$1"' - "$scratch/a.svg"
check "png" bash -c 'head -c 8 "$1" | grep -q PNG' - "$scratch/a.png"
check "pdf" bash -c 'head -c 5 "$1" | grep -q "%PDF-"' - "$scratch/a.pdf"
check "the report's numbers beside it" python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["curves"]) == 3' "$scratch/a.json"
cli sweep "$protein" $quick --engine sampled --axis 1,1,1 --steps 3
check "one engine, a body diagonal" is 0
check "in words" says "$out" "sampled (quick), about the axis" "output"
check "no twin" bash -c "! grep -q ordinary '$out'"
cli sweep "$protein" $quick --steps 0
check "nothing to do" misused "--steps"
cli sweep "$protein" $quick --axis 0,0,0
check "no axis" misused "0,0,0"
cli sweep "$protein" $quick --axis 1,2
check "half an axis" misused "1,2"
cli sweep "$protein" $quick --cases everything
check "unknown case" misused "everything"
cli sweep "$protein" $quick -o "$scratch/a.docx"
check "unknown suffix" misused "a.docx" ".pdf"
cli sweep "$protein" $quick --plot nowhere -o "$scratch/b.svg"
check "no such layer" refused "nowhere"
check "and no picture" test ! -e "$scratch/b.svg"
cli sweep "$protein" $quick --plot layer1.conv -o "$scratch/b.svg"
check "a layer that is not measured" refused "layer1.conv"
cli sweep "$protein" $quick --steps 1 --cases sampled --plot layer1 -o "$scratch/b.svg"
check "a stage" is 0
cli sweep "$protein" $quick --plot layer1
check "a layer without a picture" misused "--plot"
cli sweep "$protein" $quick --linear -o "$scratch/a.csv"
check "a scale without a picture" misused "--linear"
cli sweep "$protein" $quick --steps 1 --cases sampled -o "$scratch/none/a.csv"
check "no such folder" is 1
check "named" says "$err" "none/a.csv"
finish
