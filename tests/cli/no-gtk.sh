#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line links neither GTK nor a windowing system, directly or through a library.
. "$(dirname "$0")/lib.sh"
code=0
readelf -d "$program" >"$out" 2>"$err"
check "readelf" says "$out" NEEDED
check "no GTK" bash -c "! ldd '$program' | grep -Ei 'libgtk|libgdk|adwaita|graphene|libX11|wayland'"
finish
