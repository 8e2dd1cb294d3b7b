#!/usr/bin/env bash
# Writes the page of errors from the programs that must be refused.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C

usage() {
  cat <<'TEXT'
usage: tools/errors.sh [--check] [--help] [<build folder>]

Writes the entries of docs/reference/errors.md: one for each fact that tests/fail pins down, with the
program, what GCC 12 says of it, and the right program beside it. GCC's words are those that the
tests left in the build folder, build/dev unless given:

  ctest --test-dir build/dev -R 'fail[.].*refused' && tools/errors.sh

  --check   writes nothing, fails if the page is not what it would write
TEXT
}

page=docs/reference/errors.md
begin='<!-- Written by tools/errors.sh, from tests/fail. -->'
end='<!-- By hand again. -->'

# The headings, and whose errors stand below each, in this order; what is not here comes last.
families='Convolutions: conv2d conv1d depthwise_conv2d conv_transpose2d conv_transpose1d filter2d
Pooling: max_pool2d max_pool1d avg_pool2d avg_pool1d lp_pool2d lp_pool1d adaptive_avg_pool2d
Pooling: adaptive_avg_pool1d adaptive_max_pool2d adaptive_max_pool1d global_avg_pool2d
Pooling: global_avg_pool1d global_max_pool2d global_max_pool1d
Dense layers and shapes: linear flatten upsample pad2d pad1d
Normalisation: batch_norm2d layer_norm group_norm instance_norm2d local_response_norm
Activations: leaky_relu prelu elu softplus elementwise zip softmax log_softmax
Dropout: dropout dropout2d
Blocks, branches and chains: chain concat sum residual repeat named shape_at tap concat_with
Blocks, branches and chains: sum_with shared head
Inputs: input network
Layers of your own: user_layer
Other forms of a network: convolutional cross_correlate2d im2col col2im toeplitz_matrix jacobian
Other'

check=no
build=build/dev
while [[ $# -gt 0 ]]; do
  case $1 in
    --check) check=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    -*)
      usage >&2
      exit 2
      ;;
    *) build=$1 ;;
  esac
  shift
done
words=$build/tests/fail/words

# comment <program>: its first comment, in one line.
comment() {
  awk '/^\/\/ EXPECT:/ || !/^\/\// { exit } { printf "%s%s", sep, substr($0, 4); sep = " " }' "$1"
}

# program <program> <refused or right>: what matters of it. A refused program is shown whole, of the
# right one what differs. A main that only runs the network or returns something is left out.
program() {
  awk -v wanted="$2" '
    /^\/\// && !begun { next }
    /^#include/ || /^namespace cx = convexpr;$/ { next }
    /^#if EXPECT_FAILURE/ { branch = "refused"; choice_in_main = in_main; next }
    /^#else/ && branch { branch = "right"; next }
    /^#endif/ && branch { branch = ""; next }
    /^int main\(\)/ { in_main = 1 }
    /^int main\(\) .*}$/ { runs_network = 1 }
    in_main && (/net\.forward\(/ || /Net net;/) { runs_network = 1 }
    branch ? branch != wanted : wanted == "right" { next }
    NF == 0 { blank = begun; next }
    {
      begun = 1
      line = (blank ? "\n" : "") $0 "\n"
      blank = 0
      if (in_main) main = main line
      else text = text line
    }
    END {
      if (!runs_network || choice_in_main) text = text main
      printf "%s", text
    }' "$1"
}

# One line a program, in the order of the page: heading, fact, name. Of programs with one fact that
# with the shortest name comes first, it being the plainest.
index() {
  local source name
  for source in tests/fail/*.cpp; do
    name=$(basename "$source" .cpp)
    [[ $name != self_check ]] || continue
    if [[ ! -s $words/$name.txt ]]; then
      echo "no words of GCC for $name in $words: run ctest there" >&2
      return 1
    fi
    printf '%s\t%s\n' "$name" "$(<"$words/$name.txt")"
  done | awk -F '\t' -v families="$families" '
    BEGIN {
      count = split(families, lines, "\n")
      for (i = 1; i <= count; ++i) {
        split(lines[i], parts, ": ")
        if (parts[1] != heading) ++family
        heading = parts[1]
        layers = split(parts[2], layer, " ")
        for (k = 1; k <= layers; ++k) {
          family_of[layer[k]] = family
          heading_of[layer[k]] = heading
          place_of[layer[k]] = ++place
        }
      }
    }
    {
      fact = $2
      if (sub(/.*Fact<(convexpr::)?text<[0-9]+>[{]"/, "", fact)) {
        sub(/"[}]>, (convexpr::)?Got<.*/, "", fact)
        gsub(/"[}], *(convexpr::)?text<[0-9]+>[{]"/, " ", fact)
      } else {
        sub(/^error: (static assertion failed: )?/, "", fact)
      }
      gsub(/\\/, "", fact)
      layer_name = fact
      sub(/:.*/, "", layer_name)
      known = layer_name in place_of
      printf "%02d\t%s\t%03d\t%s\t%03d\t%s\n", known ? family_of[layer_name] : family,
             known ? heading_of[layer_name] : heading, known ? place_of[layer_name] : place + 1,
             fact, length($1), $1
    }' | sort -t $'\t' -k1,1 -k3,3 -k4,4 -k5,5 -k6,6r | cut -f 2,4,6
}

# shellcheck disable=SC2016  # backquotes of Markdown
block() { printf '```%s\n%s\n```\n\n' "$1" "$2"; }

# The entries. The first program of a fact is shown, others are named with what they say of it.
# shellcheck disable=SC2016
entries() {
  local heading fact name source
  local last_heading='' last_fact='' others=no
  while IFS=$'\t' read -r heading fact name; do
    source=tests/fail/$name.cpp
    if [[ $fact == "$last_fact" ]]; then
      [[ $others == yes ]] || printf 'Likewise, in `tests/fail`:\n\n'
      others=yes
      printf -- '- `%s`: %s\n' "$name" "$(comment "$source")"
      continue
    fi
    [[ $others == no ]] || echo
    others=no
    last_fact=$fact
    if [[ $heading != "$last_heading" ]]; then
      printf '## %s\n\n' "$heading"
      last_heading=$heading
    fi
    printf '### %s\n\n%s\n\n' "$fact" "$(comment "$source")"
    block cpp "$(program "$source" refused)"
    block text "$(<"$words/$name.txt")"
    printf 'Write:\n\n'
    block cpp "$(program "$source" right)"
  done
  [[ $others == no ]] || echo
}

for mark in "$begin" "$end"; do
  if ! grep -qxF -e "$mark" "$page"; then
    echo "$page has no line '$mark'" >&2
    exit 1
  fi
done
new=$(mktemp)
trap 'rm -f "$new" "$new.index"' EXIT
index >"$new.index"
{
  awk -v mark="$begin" '{ print } $0 == mark { exit }' "$page"
  echo
  entries <"$new.index"
  awk -v mark="$end" '$0 == mark { on = 1 } on { print }' "$page"
} >"$new"

# What the introduction quotes of GCC must be true as well.
awk -v mark="$begin" '$0 == mark { exit } /^error: invalid use/ { print }' "$page" |
  while IFS= read -r line; do
    if ! grep -qxF -e "$line" "$words"/*.txt; then
      echo "$page: the introduction quotes what GCC does not say: $line" >&2
      exit 1
    fi
  done
if [[ $check == no ]]; then
  cp "$new" "$page"
elif ! diff -u "$page" "$new"; then
  echo "$page is stale: run tools/errors.sh $build" >&2
  exit 1
fi
