#!/usr/bin/env bash
# What a network costs the compiler: seconds and memory of one translation unit, as a table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tools/packages.sh

if [[ $# -gt 0 ]]; then
  cat <<'TEXT'
usage: bench/compile/run.sh

Compiles GoogLeNet's example, a forward pass and a training step of GoogLeNet, and chains of 4, 16 and 64 convolutions
with g++ and clang++-19, each at -O2 for this machine, and prints a Markdown table: processor
seconds, which a busy machine does not distort, and peak memory.
TEXT
  [[ $1 == --help || $1 == -h ]] && exit 0
  exit 2
fi

ensure_packages "${build_packages[@]}" clang-19 time
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# cost <compiler> <arguments>...: " seconds | MB |", or " failed | |" and what the compiler said.
cost() {
  local options=()
  [[ $1 == clang* ]] && options=(-fconstexpr-steps=100000000) # as the CMake target gives it
  if /usr/bin/time -o "$log" -f '%U %S %M' \
    "$@" -std=c++20 -O2 -march=native -Iinclude "${options[@]}" -c -o /dev/null; then
    awk '{ printf " %.1f | %.0f |", $1 + $2, $3 / 1024 }' "$log"
  else
    printf ' failed | |'
  fi
}

# row <what> <arguments>...
row() {
  local what=$1
  shift
  printf '| %s |' "$what"
  cost g++ "$@"
  cost clang++-19 "$@"
  echo
}

echo '| translation unit | g++, s | MiB | clang++-19, s | MiB |'
echo '|---|---:|---:|---:|---:|'
row 'examples/googlenet.cpp' examples/googlenet.cpp
row 'GoogLeNet, inference' bench/compile/googlenet_inference.cpp
row 'GoogLeNet, training' bench/compile/googlenet_training.cpp
for depth in 4 16 64; do
  row "$depth convolutions" "-DDEPTH=$depth" bench/compile/chain.cpp
done
