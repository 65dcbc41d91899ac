#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The program itself, under a pointer: opens a file, is turned by dragging, and its error is read over D-Bus.
#   pointer.sh SWIVEL FILE
set -u
swivel=$1
file=$2
echo "1..3"
for tool in xdotool gdbus dbus-run-session; do
  command -v $tool >/dev/null || { for i in 1 2 3; do echo "ok $i # SKIP $tool is not installed"; done; exit 0; }
done
if [ -z "${DISPLAY:-}" ]; then
  for i in 1 2 3; do echo "ok $i # SKIP there is no display"; done
  exit 0
fi
if [ -z "${SW_POINTER_INNER:-}" ]; then
  export SW_POINTER_INNER=1
  # The bus tells of its own daemons on the same output.
  dbus-run-session -- bash "$0" "$@" 2>/dev/null | grep -E '^(ok|not ok|#)'
  exit "${PIPESTATUS[0]}"
fi

"$swivel" "$file" >/dev/null 2>&1 &
program=$!
trap 'kill $program 2>/dev/null' EXIT
status () {
  gdbus call --session --dest org.swivel.Swivel --object-path /org/swivel/Swivel/window/1 \
    --method org.gtk.Actions.Describe status 2>/dev/null
}
await () {
  for _ in $(seq 120); do
    text=$(status)
    case $text in *Computing*) ;; *"$1"*) return 0 ;; esac
    sleep 0.25
  done
  echo "# waited in vain for: $1"
  echo "# last status: $text"
  return 1
}
result () { if [ "$2" = 0 ]; then echo "ok $1 $3"; else echo "not ok $1 $3"; failed=1; fi; }
failed=0

await "equivariance error 0 %"
result 1 $? "opens and runs"

window=$(xdotool search --onlyvisible --name ' – Swivel$' 2>/dev/null | head -n 1)
eval "$(xdotool getwindowgeometry --shell "$window")"
# The middle of the left picture: right of the side panel, above the bottom bar.
x=$((X + WIDTH * 42 / 100))
y=$((Y + HEIGHT * 45 / 100))
echo "# window $window at $X,$Y, $WIDTH x $HEIGHT"
xdotool mousemove $x $y sleep 0.3 mousedown 1
for step in $(seq 8); do xdotool mousemove $((x + step * 9)) $((y + step * 3)) sleep 0.05; done
xdotool mouseup 1
await "about ("
result 2 $? "turned by the pointer: ${text//[^[:print:]]/}"

xdotool key --window "$window" r
xdotool mousemove $x $y key r
await "no rotation"
result 3 $? "turned back by the key R"
exit $failed
