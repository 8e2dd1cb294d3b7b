#!/usr/bin/env bash
# Shows the library at work: GoogLeNet as the compiler sees it, and LeNet learning to tell clothes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

if [[ $# -gt 0 ]]; then
  echo "usage: tools/demo.sh    (installs what is missing, builds and runs the examples)"
  [[ $1 == --help || $1 == -h ]] && exit 0
  exit 2
fi

ensure_packages "${build_packages[@]}"
build=build/release
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "building the examples"
if ! { cmake --preset release &&
  cmake --build "$build" --parallel "$(nproc)" --target example.googlenet example.train_lenet; } \
  >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi

echo
echo "\$ googlenet --summary"
"$build/examples/googlenet" --summary

echo
echo "\$ train_lenet --epochs 5 --save $build/lenet.safetensors"
"$build/examples/train_lenet" --epochs 5 --save "$build/lenet.safetensors"
