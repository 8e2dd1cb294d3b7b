#!/usr/bin/env bash
# Builds and runs the benchmarks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

usage() {
  cat <<'TEXT'
usage: tools/bench.sh [--four] [--help]

Installs what is missing (Debian 12: apt, as root or with sudo), builds every program of bench/ for
this machine with GCC at -O3, and runs one after the other.

  --four   convolutions and GoogLeNet only, in the four builds in which tuned numbers are checked:
           GCC and Clang, -O2 and -O3
TEXT
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# quietly <command>...: says nothing unless the command fails.
quietly() {
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
}

# run_programs <build folder> <target>...
run_programs() {
  local build=$1 program
  shift
  quietly cmake --build "$build" --parallel "$(nproc)" --target "$@"
  while IFS= read -r program; do
    echo "== $(basename "$program")"
    "$program"
  done < <(find "$build/bench" -type f -executable -name 'bench.*' | sort)
}

case ${1:-} in
  '')
    ensure_packages "${build_packages[@]}" libdnnl-dev libtbb-dev
    quietly cmake --preset bench
    run_programs build/bench benches
    ;;
  --four)
    ensure_packages "${build_packages[@]}" clang-19
    for compiler in g++ clang++-19; do
      for level in -O2 -O3; do
        echo "==== $compiler $level"
        build=build/bench-$compiler$level
        quietly cmake --preset bench -B "$build" -D "CMAKE_CXX_COMPILER=$compiler" \
          -D "CMAKE_CXX_FLAGS_RELEASE=$level"
        run_programs "$build" bench.conv2d bench.googlenet
      done
    done
    ;;
  --help | -h) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
