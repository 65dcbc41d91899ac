#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# info over every awkward file: it opens, or it is refused with a message that names the file. Never a crash or a hang.
. "$(dirname "$0")/lib.sh"
folder=$SW_SHARED_DATA/awkward
[ -f "$folder/index.tsv" ] || skip_all "the shared data are not here"

# summary: an answer that a person can use
answered () {
  case $code in
    0) json 'd["summary"]' ;;
    1) silent "$out" && says "$err" "$(basename "$1")" ;;
    *) return 1 ;;
  esac
}
expected () {
  case $1 in
    load|load_no_protein) is 0 ;;
    refuse) is 1 ;;
    *) is 0 || is 1 ;;
  esac
}
while IFS=$'\t' read -r file category expect rest; do
  [ "$file" != file ] || continue
  cli info "$folder/$file" --json
  check "$file" answered "$file"
  check "$file: $expect" expected "$expect"
done <"$folder/index.tsv"
finish
