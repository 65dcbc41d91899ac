#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How fast is the window? Starts the program, waits for the field, rests, then drags with the pointer, and prints what the
# program counts itself (--stats, src/app/statistics.h).
#   window.sh SWIVEL [FILE] [SECONDS] [left|right]
# left (the default) turns the input, right the camera. Needs a display of 1280 by 800 or more, without a window manager:
#   Xvfb :9 -screen 0 1280x800x24 & DISPLAY=:9 LIBGL_ALWAYS_SOFTWARE=1 tests/bench/window.sh build/src/app/swivel
set -u
swivel=$1
file=${2:-}
seconds=${3:-10}
button=$([ "${4:-left}" = right ] && echo 3 || echo 1)
if [ -z "${SW_BENCH_INNER:-}" ]; then
  export SW_BENCH_INNER=1 GDK_BACKEND=x11 GSETTINGS_BACKEND=memory GTK_A11Y="${GTK_A11Y:-none}"
  exec dbus-run-session -- bash "$0" "$@" 2>/dev/null
fi
log=$(mktemp)
"$swivel" --stats ${file:+"$file"} >"$log" 2>/dev/null &
program=$!
trap 'kill $program 2>/dev/null; rm -f "$log"' EXIT
for _ in $(seq 200); do grep -q '^mark field' "$log" && break; sleep 0.1; done
grep '^mark' "$log"
window=$(xdotool search --onlyvisible --name ' – Swivel$' | head -n 1)
xdotool windowmove "$window" 0 0 windowsize "$window" 1280 800
sleep 4
mean () { # of a key over the lines on standard input
  tr ' ' '\n' | sed -n "s/^$1=//p" | awk -v key="$1" '{ s += $1; if ($1 > m) m = $1 } END { printf " %s %.1f", key, key == "gap_ms" ? m : s / NR }'
}
summary () {
  local lines; lines=$(tail -n +"$2" "$log" | grep '^second' | head -n "$3")
  printf '%s:' "$1"
  for key in frames results gap_ms cpu rss_mb; do mean $key <<<"$lines"; done
  echo
}
first=$(($(wc -l <"$log") + 1))
sleep 3.2
summary "at rest" "$first" 3
xdotool mousemove 560 360 sleep 0.2 mousedown $button mousemove 563 360 sleep 1.5
# The first second still holds the rest before.
first=$(($(wc -l <"$log") + 2))
end=$((SECONDS + seconds + 2))
i=0
while [ $SECONDS -lt $end ]; do
  # Sixty places of the pointer a second on an ellipse.
  xdotool $(awk -v i=$i 'BEGIN { for (k = i; k < i + 60; k++) printf "mousemove %d %d sleep 0.0165 ", 560 + 130 * sin (k / 40), 360 + 60 * (1 - cos (k / 40)) }')
  i=$((i + 60))
done
summary "dragged" "$first" "$seconds"
xdotool mouseup $button
