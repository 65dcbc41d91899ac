#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every header compiles alone:  headers.sh SRC BUILD CC CFLAGS...
src=$1 build=$2
shift 2
n=0 failed=0
for header in $(cd "$src" && find . -name '*.h' | sort); do
  n=$((n + 1))
  if echo "#include \"${header#./}\"" | "$@" -std=gnu17 -D_GNU_SOURCE -DCGLM_ALL_UNALIGNED -fsyntax-only \
      -I "$src" -I "$build" -x c - 2>"$build/header-error.txt"; then
    echo "ok $n ${header#./}"
  else
    echo "not ok $n ${header#./}"
    sed 's/^/# /' "$build/header-error.txt"
    failed=1
  fi
done
echo "1..$n"
exit $failed
