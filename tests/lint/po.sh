#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Translations are complete and their formats match; POTFILES names every file with strings:  po.sh ROOT
# Where it fails: ninja -C build swivel-update-po, fill in what is empty in po/*.po, and remove "fuzzy".
root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$root" || exit 1
n=0 failed=0
result () {
  n=$((n + 1))
  if [ "$1" = 0 ]; then
    echo "ok $n $2"
  else
    echo "not ok $n $2"
    sed 's/^/# /' "$scratch/log"
    failed=1
  fi
}
command -v xgettext >/dev/null && command -v msgcmp >/dev/null || { echo "1..0 # SKIP gettext is not installed"; exit 0; }

# Rules for lessons.
export GETTEXTDATADIRS=$root/po
grep -lE '(^|[^A-Za-z_])(_|N_|ngettext) \(|translatable="yes"' src/*/*.c ui/*.ui | cat - <(ls data/lessons/*.xml) | grep -vxFf po/POTFILES >"$scratch/log"
[ ! -s "$scratch/log" ]
result $? "POTFILES is complete"

grep -v '^#' po/POTFILES >"$scratch/files"
xgettext --directory="$root" --files-from="$scratch/files" --output="$scratch/swivel.pot" --from-code=UTF-8 --keyword=_ --keyword=N_ \
  --keyword=C_:1c,2 --keyword=NC_:1c,2 --keyword=g_dngettext:2,3 --package-name=swivel 2>"$scratch/log" && [ ! -s "$scratch/log" ]
result $? "strings can be translated"
for language in $(grep -v '^#' po/LINGUAS); do
  msgfmt --check --output-file=/dev/null "po/$language.po" 2>"$scratch/log"
  result $? "$language: formats match"
  msgcmp "po/$language.po" "$scratch/swivel.pot" 2>"$scratch/log"
  result $? "$language: complete"
done
echo "1..$n"
exit $failed
