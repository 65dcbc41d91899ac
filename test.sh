#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the tests:  ./test.sh [--sanitize] [--suite NAME] [--slow]
#   --sanitize   under the address and undefined-behaviour sanitizers
#   --suite NAME only one suite (base, so3, kernel, nn, voxel, structure, render, workbench, cli, app, lint, ...)
#   --slow       the long suite too
# Sets up what is missing, builds, starts its own X server, and ends with the line "N passed, N failed".
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

build=build-test
setup=default
options=(-Dnative=true -Dbuildtype=debugoptimized -Db_lto=false)
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --sanitize)
      build=build-sanitize
      setup=sanitize
      options=(-Dnative=true -Dbuildtype=debugoptimized -Db_lto=false -Db_lundef=false -Db_sanitize=address,undefined)
      ;;
    --suite) arguments+=(--suite "$2"); shift ;;
    --slow) setup=slow ;;
    -h|--help) sed -n '3,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "test.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

./run.sh --prepare tests
if [ ! -f $build/build.ninja ]; then
  echo "test.sh: configuring $build"
  meson setup $build "${options[@]}" >/dev/null
fi
echo "test.sh: building"
ninja -C $build >$build/compile.log 2>&1 || { grep -B2 -A12 -E 'error|FAILED' $build/compile.log | tail -n 60; exit 1; }

scratch=$(mktemp -d)
cleanup () {
  [ -n "${server:-}" ] && kill "$server" 2>/dev/null
  rm -rf "$scratch"
}
trap cleanup EXIT

# A display of our own, so that nothing depends on, or appears on, the person's screen.
exec 3>"$scratch/display"
# Windows of 720 points at scale 2 must fit.
Xvfb -displayfd 3 -screen 0 1920x1600x24 -nolisten tcp >"$scratch/xvfb.log" 2>&1 &
server=$!
exec 3>&-
for _ in $(seq 100); do
  [ -s "$scratch/display" ] && break
  sleep 0.1
done
DISPLAY=:$(cat "$scratch/display")
export DISPLAY
unset WAYLAND_DISPLAY
export GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 NO_AT_BRIDGE=0 LC_ALL=C.UTF-8
export HOME=$scratch/home XDG_RUNTIME_DIR=$scratch/run
export XDG_DATA_HOME=$HOME/data XDG_CACHE_HOME=$HOME/cache XDG_CONFIG_HOME=$HOME/config XDG_STATE_HOME=$HOME/state
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

echo "test.sh: running the tests"
status=0
dbus-run-session -- meson test -C $build --no-rebuild --setup $setup --print-errorlogs \
  --num-processes 2 "${arguments[@]}" || status=$?

# The closing line counts single test cases, from the JUnit file that meson writes.
report=$build/meson-logs/testlog-$setup.junit.xml
[ -f "$report" ] || report=$build/meson-logs/testlog.junit.xml
python3 - "$report" "$status" <<'PY'
import sys, xml.etree.ElementTree as tree
passed = failed = skipped = programs = 0
try:
    for suite in tree.parse(sys.argv[1]).getroot().iter('testsuite'):
        for case in suite.findall('testcase'):
            if case.find('failure') is not None or case.find('error') is not None:
                failed += 1
            elif case.find('skipped') is not None:
                skipped += 1
            else:
                passed += 1
        programs += suite.find('testcase/failure') is not None or suite.find('testcase/error') is not None
except (OSError, tree.ParseError) as reason:
    print('test.sh: no test report:', reason)
    failed += 1
# meson says how many programs failed; of some, which crashed after their last case or never began, no case did.
failed += max(0, int(sys.argv[2]) - programs)
tail = f', {skipped} skipped' if skipped else ''
print(f'{passed} passed, {failed} failed{tail}')
sys.exit(1 if failed or passed == 0 else 0)
PY
