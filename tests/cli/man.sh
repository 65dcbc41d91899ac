#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual page has every command and every option that --help has, and is well-formed.  man.sh SWIVEL-CLI PAGE
page=$2
. "$(dirname "$0")/lib.sh"
plain=$scratch/page
sed 's/\\-/-/g' "$page" >"$plain"

missing () {
  local option
  for option in $(grep -oE -- '--[a-z][a-z-]*' "$out" | sort -u); do
    grep -qF -- "$option" "$plain" || { echo "lacks $option" >>"$err"; return 0; }
  done
  return 1
}
cli --help
commands=$(sed -n 's/^  \([a-z]*\)  .*/\1/p' "$out")
check "commands" [ "$(echo "$commands" | wc -w)" -ge 10 ]
for command in $commands; do
  cli "$command" --help
  check "options of $command" eval '! missing'
  check "$command has a heading" grep -qF -- ".SS swivel-cli $command" "$plain"
done
if command -v groff >/dev/null; then
  groff -man -Tutf8 -ww -Kutf8 "$page" >"$out" 2>"$err"
  check "no complaints by groff" silent "$err"
fi
finish
