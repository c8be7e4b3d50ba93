# Shared by the scripts beside it, which source it: where the project is, and how what it needs gets installed.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)

say() { printf '\n==> %s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# As root: the command itself; as anybody else: through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "'$*' needs root, and there is no sudo. Run this script as root once, or install what it named."
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need PACKAGE…: installs those that are missing, and says which; does nothing where all are there.
need() {
  if ! command -v dpkg-query >/dev/null; then
    say "No Debian packages here; taking these to be installed by other means: $*"
    return
  fi
  local missing=() package
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing with apt-get: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

build_packages=(g++ cmake ninja-build ccache libdnnl-dev libeigen3-dev libspdlog-dev zlib1g-dev
                libzip-dev libhdf5-dev nlohmann-json3-dev libcli11-dev libpng-dev libjpeg-dev libcpp-httplib-dev)
test_packages=(libgtest-dev pkg-config)
benchmark_packages=(libbenchmark-dev)
style_packages=(clang-16 clang-format-16 clang-tidy-16)
