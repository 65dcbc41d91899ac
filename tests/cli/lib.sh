# SPDX-License-Identifier: GPL-3.0-or-later
# What the scripts beside this file share. cli ARGUMENTS runs the program and leaves $out, $err (files) and $code;
# check NAME CONDITION... prints a TAP line.
program=$(realpath "$1") # the scripts change folders
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
out=$scratch/stdout
err=$scratch/stderr
count=0
failed=0
examples=$SW_DATADIR/examples
export XDG_DATA_HOME=$scratch/data

cli () {
  code=0
  # Sanitizers take longer (tests/meson.build).
  timeout $((120 * ${SW_TIME_FACTOR:-1})) "$program" "$@" >"$out" 2>"$err" </dev/null || code=$?
}

check () {
  local name=$1
  shift
  count=$((count + 1))
  if "$@"; then
    echo "ok $count $name"
  else
    failed=1
    echo "not ok $count $name"
    echo "# exit $code"
    head -c 2000 "$err" | sed 's/^/# stderr: /'
    head -c 1000 "$out" | sed 's/^/# stdout: /'
  fi
}

skip_all () {
  echo "1..0 # SKIP $1"
  exit 0
}

finish () {
  echo "1..$count"
  exit $failed
}

is () { [ "$code" -eq "$1" ]; }
silent () { [ ! -s "$1" ]; }
# says FILE TEXT...: each text occurs in the file
says () {
  local file=$1 text
  shift
  for text in "$@"; do grep -qF -- "$text" "$file" || return 1; done
}
# json EXPRESSION: stdout is one JSON value d for which the Python expression holds
json () { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$out" "$1" 2>>"$err"; }
# refused TEXT...: exit 1, nothing on stdout, the message has the texts
refused () { is 1 && silent "$out" && says "$err" "$@"; }
misused () { is 2 && silent "$out" && says "$err" "$@"; }
