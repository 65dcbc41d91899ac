#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The CATH models on structures, and what train, evaluate and study say when something is missing.
. "$(dirname "$0")/lib.sh"

cli run "$examples/1cbs.cif.gz" --network cath-architecture --json
check "1cbs is a beta barrel" json 'max(d["classes"], key=lambda c: c["score"])["class"] == "2.40 Beta barrel"'
cli run "$examples/1tim.pdb.gz" --network cath-class --axis-angle 1,2,3,77 --json
check "1tim is alpha and beta, turned" json 'max(d["classes"], key=lambda c: c["score"])["class"] == "3 Alpha and beta"'
cli voxelize "$examples/1crn.pdb.gz" --channels trace --size 16 --voxel 4 --output "$scratch/trace.npy"
check "voxelize --channels trace" is 0

cli evaluate cath
check "evaluate without data" is 1
check "it says which option" grep -q -- --data "$err"
cli evaluate cath --data "$scratch/none.npz"
check "data that are not there" is 1
check "it names the file" grep -q none.npz "$err"
cli evaluate tetris --part test --samples 8 --json
check "the test part of Tetris" json 'd["part"] == "test" and d["samples"] == 8 and d["accuracy"] == 1'
cli evaluate cath --part best
check "an unknown part" is 2
cli study cath
check "study without a folder" is 2
cli study cath --folder "$scratch/study" --reductions 1,0
check "study with a part of nothing" is 2
cli train cath --data "$scratch" --epochs 1
check "a folder without data" is 1
check "it names the folder" grep -q "$scratch" "$err"
finish
