#!/usr/bin/env bash
# Builds and runs the tests in every configuration that the project promises.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

usage() {
  cat <<'TEXT'
usage: tools/test.sh [--quick] [--help]

Installs what is missing (Debian 12: apt, as root or with sudo), then builds and runs

  gcc              every test, the examples built; for this machine
  clang            the same but for networks that asan compiles as well; the recorded cases, and each
                   header compiled alone
  gcc-x86-64-v3    the tests of kernels and layers for AVX2 and FMA
  clang-x86-64     the same for SSE2
  asan             the tests of what runs, with address and undefined-behaviour sanitizers; for
                   AVX2 and FMA

Not optimised are the tests of meta, shape, layers, inspect and graph, but for graph's random_graphs
and schedule; those of train; those of network, but with Clang where most kernels meet; the laws but
with Clang for this machine; and with GCC those of io. The others are, with -O2; under sanitizers nothing
is. asan leaves out the house rules, laws, whole architectures and large inputs, teams of threads, the
programs that must be refused, and what the compiler evaluates itself: meta, shape, layers, and graph
but for arena and random_graphs. Its reports name functions; -D CMAKE_CXX_FLAGS=-g1 adds lines.

  --quick          gcc only

Says one line for each configuration, and what failed, where something did. A second run
builds only what changed. Some tests use real weights and pictures where the environment variable
CONVEXPR_ASSETS names their folder.
TEXT
}

configurations=(gcc clang gcc-x86-64-v3 clang-x86-64 asan)
packages=("${build_packages[@]}" libboost-test1.81-dev clang-19 libclang-rt-19-dev libomp-19-dev)
while [[ $# -gt 0 ]]; do
  case $1 in
    --quick)
      configurations=(gcc)
      packages=("${build_packages[@]}" libboost-test1.81-dev)
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

jobs=$(nproc)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# run <what> <command>...: quiet if the command succeeds, what it said of failures if not.
run() {
  local what=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    grep -vE '^\[[0-9]+/[0-9]+\] | Start +[0-9]+: | Passed +[0-9.]+ sec' "$log"
    printf '%-14s FAILED to %s\n' "$configuration" "$what"
    return 1
  fi
}

# Named as its preset. Leaves ctest's closing line in `closing`.
check() {
  run configure cmake --preset "$configuration" -D "CONVEXPR_ASSETS=${CONVEXPR_ASSETS:-}" || return 1
  run build cmake --build --preset "$configuration" --parallel "$jobs" || return 1
  run "pass its tests" ctest --preset "$configuration" --parallel "$jobs" || return 1
  closing=$(grep 'tests passed' "$log")
}

ensure_packages "${packages[@]}"
failed=()
for configuration in "${configurations[@]}"; do
  closing=
  SECONDS=0
  if check; then
    printf '%-14s %s (%d s)\n' "$configuration" "$closing" "$SECONDS"
  else
    failed+=("$configuration")
  fi
done

if [[ ${#failed[@]} -gt 0 ]]; then
  echo "FAILED: ${failed[*]}"
  exit 1
fi
echo "All tests passed: ${configurations[*]}"
