# Sourced by the other scripts: installs the Debian packages that are missing, and nothing else.
# shellcheck shell=bash

# ensure_packages <package>...
ensure_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "not a Debian system; taking for granted: $*" >&2
    return 0
  fi
  local package missing=() as_root=()
  for package in "$@"; do
    if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
      missing+=("$package")
    fi
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "please install as root: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# What the library, its examples and their files need.
# shellcheck disable=SC2034
build_packages=(
  g++ cmake ninja-build libboost1.81-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev libstb-dev
  libboost-program-options1.81-dev dataset-fashion-mnist
)
