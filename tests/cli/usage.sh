#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Help, version, wrong calls.
. "$(dirname "$0")/lib.sh"

cli --version
check "version" is 0
check "version on stdout" says "$out" "swivel-cli 0."
cli --help
check "help" says "$out" info voxelize run attribute classify equivariance kernels networks render doctor
for command in info voxelize run attribute classify equivariance kernels networks render doctor; do
  cli $command --help
  check "help of $command" is 0
  check "help of $command names --json" says "$out" --json
  cli $command --no-such-option
  check "unknown option of $command" misused "no-such-option" "--help"
done
cli
check "no command" misused "Usage"
cli frobnicate
check "unknown command" misused frobnicate
cli run
check "no file" misused "no file"
cli run a b
check "two files" misused "one file" b
for rotation in 1,0,0 0,0,0,0 1,0,0,x nan,0,0,1 1,0,0,0,0 ""; do
  cli run "$examples/1crn.pdb.gz" --rotation "$rotation"
  check "rotation '$rotation'" misused "w,x,y,z"
done
cli run "$examples/1crn.pdb.gz" --axis-angle 0,0,0,90
check "axis zero" misused axis-angle
cli run "$examples/1crn.pdb.gz" --engine magic
check "unknown engine" misused magic
cli run "$examples/1crn.pdb.gz" --size -3
check "negative size" misused "--size"
cli run "$examples/1crn.pdb.gz" --layer layer1
check "layer without output" misused "--output"
cli run "$examples/1crn.pdb.gz" --seed -1
check "negative seed" misused seed
cli info "$examples/1crn.pdb.gz" --altloc many
check "unknown altloc" misused many
cli kernels --in 1 --out 1 --rule none --json
check "unknown rule" misused none
cli kernels --in -1 --out 1 --json
check "negative order" misused "--in"
cli render "$examples/1crn.pdb.gz" --output picture.jpg
check "picture that is no PNG" misused ".png"
cli attribute "$examples/1crn.pdb.gz" --rotations 0
check "no rotations" misused --rotations
cli attribute "$examples/1crn.pdb.gz" --output a.txt
check "attribution into a text" misused .csv a.txt
for bad in "--threshold 7" "--threshold nan" "--threshold -1" "--levels 5" "--levels -1"; do
  cli render "$examples/1crn.pdb.gz" --output "$scratch/a.png" $bad
  check "render $bad" misused "--threshold" "--levels"
done
cli evaluate shrec17 --data "$scratch" --score "$scratch" --submission "$scratch/b"
check "scores of lists, and lists" misused --score --submission
cli evaluate shrec17 --data "$scratch" --score "$scratch" --publish "$scratch/b"
check "scores of lists, and weights" misused --score --publish
cli evaluate shrec17 --data "$scratch" --copies 3
check "copies of nothing" misused --copies --submission
cli evaluate shrec17 --data "$scratch" --copies 0 --submission "$scratch/b"
check "no copies" misused --copies
cli evaluate shrec17 --data "$scratch" --score "$scratch" --samples 5
check "some samples of a ranking" misused --samples
finish
