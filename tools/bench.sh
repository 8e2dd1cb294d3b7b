#!/usr/bin/env bash
# Builds and runs the benchmarks. Arguments go to each benchmark program.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  echo "usage: tools/bench.sh [arguments of the benchmark programs]"
  exit 0
fi

ensure_packages "${build_packages[@]}" libdnnl-dev
build=build/bench
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset bench &&
  cmake --build "$build" --parallel "$(nproc)" --target benches; } >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi

while IFS= read -r program; do
  echo "== $(basename "$program")"
  "$program" "$@"
done < <(find "$build/bench" -type f -executable -name 'bench.*' | sort)
