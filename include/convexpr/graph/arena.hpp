// Pass: one place in the arena for every array, by the time it is in use.
//
// Source: Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020
// (greedy by size: the largest first, each in the smallest gap that holds it).
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace convexpr::graph {

/// An array that is in use from step `first` to step `last`.
struct Block {
  std::size_t size = 0;  // floats
  int first = 0;
  int last = 0;
  std::size_t offset = 0;  // result, floats
};

/// Gives each block an offset, so that blocks in use at one time do not overlap; gives the size of
/// the arena.
///
/// Plain pointers on purpose: compilers count every call of a vector's operator[] as a step of the
/// constant evaluation, and this is the one pass that is quadratic in the number of values.
constexpr std::size_t place(std::vector<Block>& blocks) {
  const std::size_t count = blocks.size();
  Block* const block = blocks.data();
  std::vector<Block*> by_size_storage(count, nullptr);
  std::vector<const Block*> placed_storage(count, nullptr);
  Block** const by_size = by_size_storage.data();
  const Block** const placed = placed_storage.data();  // by offset
  for (std::size_t i = 0; i < count; ++i) by_size[i] = block + i;
  std::sort(by_size, by_size + count, [](const Block* a, const Block* b) {
    return a->size != b->size ? a->size > b->size : a < b;
  });

  std::size_t arena = 0;
  for (std::size_t done = 0; done < count; ++done) {
    Block* const b = by_size[done];
    std::size_t end = 0;  // of the occupied part seen so far
    std::size_t best = 0;
    std::size_t best_gap = static_cast<std::size_t>(-1);
    for (const Block* const* p = placed; p != placed + done; ++p) {
      const Block* const other = *p;
      if (other->last < b->first || other->first > b->last) continue;
      if (other->offset >= end + b->size && other->offset - end < best_gap) {
        best = end;
        best_gap = other->offset - end;
      }
      if (other->offset + other->size > end) end = other->offset + other->size;
    }
    b->offset = best_gap == static_cast<std::size_t>(-1) ? end : best;
    if (b->offset + b->size > arena) arena = b->offset + b->size;
    std::size_t position = done;
    for (; position > 0 && placed[position - 1]->offset > b->offset; --position) {
      placed[position] = placed[position - 1];
    }
    placed[position] = b;
  }
  return arena;
}

}  // namespace convexpr::graph
