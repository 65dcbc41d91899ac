#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Swivel if needed and opens it:  ./run.sh [FILE...]
# Installs missing Debian packages, configures, compiles (release, LTO), starts. Without a display it does the same
# job headless: a summary on the terminal, a picture and a report in a folder that it names.
#
# ./run.sh --prepare          set up and build, do not start
# ./run.sh --prepare tests    install what the tests need, do not build (used by test.sh)
set -euo pipefail
caller=$PWD
cd "$(dirname "$(readlink -f "$0")")"

build_packages=(
  gcc g++ meson ninja-build pkg-config python3 gettext
  libgtk-4-dev libadwaita-1-dev libepoxy-dev libegl-dev libopenblas-dev libfftw3-dev
  gemmi-dev tao-pegtl-dev libstb-dev libcglm-dev libjansson-dev libzip-dev zlib1g-dev libpng-dev libwebp-dev
  libglib2.0-bin libglib2.0-dev-bin
)
run_packages=(
  libgl1-mesa-dri libegl1 adwaita-icon-theme gsettings-desktop-schemas fonts-cantarell
)
test_packages=(
  xvfb xauth xdotool imagemagick dbus dbus-x11 at-spi2-core x11-utils x11-xserver-utils
  desktop-file-utils appstream libxml2-utils libopenmpi-dev openmpi-bin binutils fonts-dejavu-core shared-mime-info python3-numpy
)

say () { printf 'swivel: %s\n' "$*" >&2; }

install_packages () {
  local wanted=("$@") missing=() name
  local -A present=()
  while read -r name; do present[$name]=1; done < <(
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | awk '$1 == "installed" { print $2 }')
  for name in "${wanted[@]}"; do
    [ -n "${present[$name]:-}" ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "these packages are missing and there is no sudo to install them; as root, please run:"
      say "  apt-get install --no-install-recommends ${missing[*]}"
      exit 1
    fi
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

if ! command -v dpkg-query >/dev/null; then
  say "this script installs Debian packages; on another system install the libraries named in README.md and use meson"
  exit 1
fi

if [ "${1:-}" = --prepare ] && [ "${2:-}" = tests ]; then
  install_packages "${build_packages[@]}" "${run_packages[@]}" "${test_packages[@]}"
  exit 0
fi
install_packages "${build_packages[@]}" "${run_packages[@]}"

if [ ! -f build/build.ninja ]; then
  say "configuring (once)"
  meson setup build -Dnative=true >build-setup.log 2>&1 || { cat build-setup.log >&2; exit 1; }
  rm -f build-setup.log
fi
if ! ninja -C build -n swivel-programs 2>/dev/null | grep -q 'no work to do'; then
  say "compiling; the first time takes a few minutes"
  ninja -C build swivel-programs >build/compile.log 2>&1 || { tail -n 40 build/compile.log >&2; exit 1; }
fi
[ "${1:-}" = --prepare ] && exit 0

files=()
for file in "$@"; do
  case $file in
    -*|/*|*://*) files+=("$file") ;;
    *) files+=("$caller/$file") ;;
  esac
done

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec build/src/app/swivel "${files[@]}"
fi

say "there is no display (DISPLAY and WAYLAND_DISPLAY are empty): doing the same job headless"
[ ${#files[@]} -gt 0 ] || files=("data/examples/1cbs.cif.gz")
out=${SWIVEL_OUTPUT:-$(mktemp -d "${TMPDIR:-/tmp}/swivel-XXXXXX")}
mkdir -p "$out"
for file in "${files[@]}"; do
  name=$(basename "$file" .gz)
  name=${name%.*}
  build/src/cli/swivel-cli info "$file"
  build/src/cli/swivel-cli run "$file" --network quick
  build/src/cli/swivel-cli equivariance "$file" --network quick --rotations 5 --json >"$out/$name-report.json"
  build/src/cli/swivel-cli render "$file" --network quick --axis-angle 1,2,3,40 --output "$out/$name.png"
  say "picture:  $out/$name.png"
  say "report:   $out/$name-report.json"
done
