#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything that a person may give by mistake: a clear message that names file and cause, exit 1, nothing on stdout.
. "$(dirname "$0")/lib.sh"
protein=$examples/1crn.pdb.gz
cd "$scratch"

: >empty.pdb
cli run empty.pdb; check "empty" refused empty.pdb
head -c 5000 /dev/urandom >noise.pdb
cli run noise.pdb; check "random bytes" refused noise.pdb
head -c 3000 "$protein" >cut.pdb.gz
cli run cut.pdb.gz; check "truncated gzip" refused cut.pdb.gz
echo "Dear diary, today no protein." >diary.pdb
cli run diary.pdb; check "text" refused diary.pdb
printf 'ATOM      1  CA  ALA A   1         nan     inf   1.000  1.00  0.00           C\n' >nan.pdb
cli run nan.pdb; check "not a number" refused nan.pdb
mkdir folder
cli run folder; check "folder" refused folder
cli run missing.pdb; check "missing" refused missing.pdb
cp "$protein" locked.pdb.gz; chmod 0 locked.pdb.gz
if [ "$(id -u)" -ne 0 ]; then cli run locked.pdb.gz; check "unreadable" refused locked.pdb.gz; fi
truncate -s 1G large.pdb
cli run large.pdb; check "1 GB" refused large.pdb
cli run "$protein" --selection //Z; check "nothing left" refused 1crn.pdb.gz
cli run "$protein" --selection '((('; check "bad selection" refused '((('
cli run "$protein" --model 9; check "no such model" refused 9
cli run "$protein" --assembly nine; check "no such assembly" refused nine

cli run "$protein" --network nowhere; check "unknown network" refused nowhere quick
echo '{' >broken.json
cli run "$protein" --network ./broken.json; check "malformed JSON" refused broken.json
sed 's/"size": 32/"size": -32/' "$SW_DATADIR/networks/quick.json" >negative.json
cli run "$protein" --network ./negative.json; check "negative size" refused negative.json size
sed 's/"gated"/"magic"/' "$SW_DATADIR/networks/quick.json" >unknown.json
cli run "$protein" --network ./unknown.json; check "unknown layer type" refused unknown.json magic
cli run "$protein" --network quick --layer layer9 --output f.npz; check "unknown layer" refused layer9 layer1.conv
cli run "$protein" --network quick --layer layer1 --output f.xyz; check "unknown suffix" refused f.xyz
cli run "$protein" --network quick --layer layer1 --output no/such/f.npz; check "no folder to write to" refused no/such
cli run "$protein" --network quick-cnn --engine bandlimited; check "CNN in the band-limited engine" refused quick-cnn
cli run "$protein" --network cath --channels element; check "channels that do not fit" refused cath
cli attribute "$protein" --network cath --class helix --rotations 1; check "unknown class" refused helix "2.40 Beta barrel"
cli voxelize "$protein" --voxel 0.001 --output v.npy; check "more memory than there is" refused GB
check "nothing half written" [ ! -e v.npy ]
# The address sanitizer reserves terabytes of addresses and cannot live under this limit.
if ! ldd "$program" | grep -q libasan; then
  ( ulimit -v 8000000; "$program" run "$protein" --network tetris --size 512 >"$out" 2>"$err" ); code=$?
  check "a runner larger than memory" refused memory
fi

printf 'short' >w.safetensors
cli run "$protein" --network quick --weights w.safetensors; check "weights too short" refused w.safetensors
python3 -c "open('endless.safetensors','wb').write((2**62).to_bytes(8,'little')+b'{}')"
cli run "$protein" --network quick --weights endless.safetensors; check "endless header" refused endless.safetensors
python3 - <<'PY'
import json
def write(name, header, data=b'\0' * 64):
    text = json.dumps(header).encode()
    open(name, 'wb').write(len(text).to_bytes(8, 'little') + text + data)
write('overlap.safetensors', {'a': {'dtype': 'F32', 'shape': [8], 'data_offsets': [0, 32]},
                              'b': {'dtype': 'F32', 'shape': [8], 'data_offsets': [16, 48]}})
write('beyond.safetensors', {'a': {'dtype': 'F32', 'shape': [8], 'data_offsets': [0, 2**63]}})
PY
cli run "$protein" --network quick --weights overlap.safetensors; check "overlapping offsets" refused overlap.safetensors
cli run "$protein" --network quick --weights beyond.safetensors; check "overflowing offsets" refused beyond.safetensors
finish
