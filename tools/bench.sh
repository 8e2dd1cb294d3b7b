#!/usr/bin/env bash
# Builds and runs the benchmarks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

usage() {
  cat <<'TEXT'
usage: tools/bench.sh [--compile | --fusion | --threads | --four | --help]

Installs what is missing (Debian 12: apt, as root or with sudo), builds the report for this machine
with GCC at -O3, measures for some minutes, and writes build/bench/report.md and roofline.svg.

  --compile  the same, and appends what networks cost the compiler: some minutes more
  --fusion   what the passes that fuse are worth, instead: networks with all of them and with none
  --threads  what a second thread is worth, and what a fork costs with OpenMP and oneTBB, instead
  --four     convolutions of GoogLeNet and the whole of it only, in the four builds in which tuned
             numbers are checked: GCC and Clang, -O2 and -O3
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

# build <folder> <target>
build() {
  quietly cmake --build "$1" --parallel "$(nproc)" --target "$2"
}

report() {
  ensure_packages "${build_packages[@]}" libdnnl-dev
  quietly cmake --preset bench
  build build/bench bench.report
  build/bench/bench/bench.report build/bench
}

case ${1:-} in
  '') report ;;
  --compile)
    report
    { echo '## What the compiler takes' && echo && bench/compile/run.sh; } >>build/bench/report.md
    ;;
  --fusion)
    ensure_packages "${build_packages[@]}"
    quietly cmake --preset bench
    build build/bench bench.fusion
    build/bench/bench/bench.fusion
    ;;
  --threads)
    ensure_packages "${build_packages[@]}" libtbb-dev
    quietly cmake --preset bench
    for program in bench.threads bench.fork_join; do
      build build/bench "$program"
      "build/bench/bench/$program"
    done
    ;;
  --four)
    ensure_packages "${build_packages[@]}" libdnnl-dev clang-19
    for compiler in g++ clang++-19; do
      for level in -O2 -O3; do
        echo "==== $compiler $level"
        folder=build/bench-$compiler$level
        quietly cmake --preset bench -B "$folder" -D "CMAKE_CXX_COMPILER=$compiler" \
          -D "CMAKE_CXX_FLAGS_RELEASE=$level"
        build "$folder" bench.tuned
        "$folder/bench/bench.tuned" "$folder"
        sed '/: every convolution$/,$d' "$folder/report.md"
      done
    done
    ;;
  --help | -h) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
