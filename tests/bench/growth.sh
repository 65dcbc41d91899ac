#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Does the window grow? Opens the example structures again and again (100 files), then changes the view 1,000 times, over
# D-Bus, and prints the resident memory after each tenth part (--stats). Says what the program complained about: nothing, one
# hopes (an OpenGL error would be among it).
#   growth.sh SWIVEL FOLDER_OF_EXAMPLES [FILES] [VIEWS]
# Ends with 1 when the last tenth is more than 24 MB above the third, or there was a complaint.
set -u
swivel=$1
folder=$2
files=${3:-100}
views=${4:-1000}
if [ -z "${SW_BENCH_INNER:-}" ]; then
  export SW_BENCH_INNER=1 GDK_BACKEND=x11 GSETTINGS_BACKEND=memory GTK_A11Y="${GTK_A11Y:-none}"
  exec dbus-run-session -- bash "$0" "$@" 2>/dev/null
fi
log=$(mktemp)
complaints=$(mktemp)
"$swivel" --stats >"$log" 2>"$complaints" &
program=$!
trap 'kill $program 2>/dev/null; rm -f "$log" "$complaints"' EXIT
for _ in $(seq 300); do grep -q '^mark field' "$log" && break; sleep 0.1; done

act () { # action, parameters
  gdbus call --session --dest org.swivel.Swivel --object-path /org/swivel/Swivel/window/1 \
    --method org.gtk.Actions.Activate "$1" "$2" '{}' >/dev/null
}
set_state () {
  gdbus call --session --dest org.swivel.Swivel --object-path /org/swivel/Swivel/window/1 \
    --method org.gtk.Actions.SetState "$1" "$2" '{}' >/dev/null
}
settled () {
  for _ in $(seq 200); do
    text=$(gdbus call --session --dest org.swivel.Swivel --object-path /org/swivel/Swivel/window/1 \
      --method org.gtk.Actions.Describe status)
    case $text in *Computing* | *'Nothing is open'*) sleep 0.05 ;; *"$1"*) return ;; *) sleep 0.05 ;; esac
  done
}
resident () { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' /proc/$program/status; }
failed=0
report () { # what, values
  local what=$1; shift
  echo "$what: resident MB after each tenth: $*"
  local all=("$@")
  if [ $((all[9] - all[2])) -gt 24 ]; then failed=1; fi
}

examples=("$folder"/1*.gz)
values=()
for i in $(seq 0 $((files - 1))); do
  file=${examples[$((i % ${#examples[@]}))]}
  act open-path "[<'$file'>]"
  settled 'equivariance error'
  sleep 0.05
  if [ $(((i + 1) % (files / 10))) = 0 ]; then values+=("$(resident)"); fi
done
report "$files files" "${values[@]}"

values=()
for i in $(seq 0 $((views - 1))); do
  case $((i % 10)) in
    0) act view "[<$((i / 10 % 7 + 1))>]" ;;
    1) act orbit '[<(15.0, 5.0)>]' ;;
    2) act zoom '[<1.1>]' ;;
    3) set_state panes "<'one'>" ;;
    4) act show-density '[]' ;;
    5) act turn '[<(10.0, 0.0)>]' ;;
    6) set_state panes "<'three'>" ;;
    7) act show-molecule '[]' ;;
    8) act zoom '[<0.9>]' ;;
    9) set_state panes "<'two'>" ;;
  esac
  if [ $(((i + 1) % (views / 10))) = 0 ]; then settled 'error'; sleep 0.5; values+=("$(resident)"); fi
done
report "$views views" "${values[@]}"

if ! kill -0 $program 2>/dev/null; then echo "the program has ended"; failed=1; fi
if [ -s "$complaints" ]; then sort "$complaints" | uniq -c | sort -rn | head -5; failed=1; fi
exit $failed
