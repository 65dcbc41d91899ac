#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The libraries define no global symbol without the prefix sw_:  symbols.sh LIBRARY...
failed=0 n=0
for library in "$@"; do
  n=$((n + 1))
  # GLib's resource compiler and C++ name their own.
  bad=$(nm -g --defined-only "$library" 2>/dev/null \
    | awk 'NF == 3 && $2 ~ /[TDBR]/ && $3 !~ /^(sw_|_?Z|__asan|__odr_asan|__ubsan|_GLOBAL_|__sancov|DW\.ref)/ { print $3 }' | sort -u)
  if [ -z "$bad" ]; then
    echo "ok $n $(basename "$library")"
  else
    echo "not ok $n $(basename "$library")"
    echo "$bad" | sed 's/^/# /'
    failed=1
  fi
done
echo "1..$n"
exit $failed
