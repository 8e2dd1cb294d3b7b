// Pass: one place in the arena for every array, by the time it is in use.
//
// Several orders of placement are tried and the smallest arena is kept: no order is the best for
// all networks. Where the arrays of the busiest time fill the arena, none can be smaller, and the
// search ends; that is often after the first.
//
// Source: Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020
// (greedy: one after the other, each in the smallest gap that holds it).
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace convexpr::graph {

/// An array that is in use from time `first` to time `last`.
struct Block {
  std::size_t size = 0;  // floats
  int first = 0;
  int last = 0;
  std::size_t offset = 0;  // result, floats
};

/// Floats that are in use at the busiest time: no arena can be smaller.
constexpr std::size_t busiest(std::span<const Block> blocks) {
  int end = 0;
  for (const Block& b : blocks) end = b.last >= end ? b.last + 1 : end;
  const auto times = static_cast<std::size_t>(end);
  std::vector<std::size_t> begins(times + 1, 0);  // floats that come into use at each time
  std::vector<std::size_t> ends(times + 1, 0);    // that are in use no longer
  for (const Block& b : blocks) {
    begins[static_cast<std::size_t>(b.first)] += b.size;
    ends[static_cast<std::size_t>(b.last) + 1] += b.size;
  }
  std::size_t now = 0;
  std::size_t most = 0;
  for (std::size_t t = 0; t < times; ++t) {
    now = now + begins[t] - ends[t];
    if (now > most) most = now;
  }
  return most;
}

/// Which blocks are placed first.
enum class PlacingOrder { largest_and_longest, largest, longest };

/// Places blocks in one order after another.
///
/// Plain pointers on purpose: compilers count every call of a vector's operator[] as a step of the
/// constant evaluation, and this is the one pass that is quadratic in the number of values.
class Placing {
 public:
  constexpr explicit Placing(std::span<Block> blocks)
      : count_(blocks.size()), turns_(count_, Turn{}), placed_(count_, nullptr), best_(count_, 0) {
    for (std::size_t i = 0; i < count_; ++i) turns_[i] = {blocks.data() + i, i, 0};
  }

  /// Gives each block its offset in the smallest arena that was found, and that one's size. One of at
  /// most `enough` floats ends the search.
  constexpr std::size_t run(std::size_t enough) {
    std::size_t smallest = static_cast<std::size_t>(-1);
    for (const PlacingOrder order :
         {PlacingOrder::largest_and_longest, PlacingOrder::largest, PlacingOrder::longest}) {
      sort(order);
      const std::size_t arena = place_below(smallest);
      if (arena >= smallest) continue;
      smallest = arena;
      for (const Turn& t : turns_) best_[t.number] = t.block->offset;
      if (smallest <= enough) break;
    }
    for (const Turn& t : turns_) t.block->offset = best_[t.number];
    return smallest;
  }

 private:
  /// A block and when its turn comes: those of the largest weight are first.
  struct Turn {
    Block* block = nullptr;
    std::size_t number = 0;
    std::size_t weight = 0;
  };

  constexpr void sort(PlacingOrder order) {
    for (Turn& t : turns_) {
      const auto life = static_cast<std::size_t>(t.block->last - t.block->first + 1);
      switch (order) {
        case PlacingOrder::largest_and_longest: t.weight = t.block->size * life; break;
        case PlacingOrder::largest: t.weight = t.block->size; break;
        case PlacingOrder::longest: t.weight = life; break;
      }
    }
    std::sort(turns_.data(), turns_.data() + count_, [](const Turn& a, const Turn& b) {
      if (a.weight != b.weight) return a.weight > b.weight;
      return a.block->size != b.block->size ? a.block->size > b.block->size : a.number < b.number;
    });
  }

  /// Places all blocks in the order of their turns, but gives up where the arena would not be
  /// smaller than `limit`; gives the size of the arena.
  constexpr std::size_t place_below(std::size_t limit) {
    const Block** const placed = placed_.data();  // by offset
    std::size_t arena = 0;
    for (std::size_t done = 0; done < count_ && arena < limit; ++done) {
      Block* const b = turns_[done].block;
      b->offset = smallest_gap(*b, placed, placed + done);
      if (b->offset + b->size > arena) arena = b->offset + b->size;
      std::size_t position = done;
      for (; position > 0 && placed[position - 1]->offset > b->offset; --position) {
        placed[position] = placed[position - 1];
      }
      placed[position] = b;
    }
    return arena;
  }

  /// Where the smallest gap between the placed blocks begins that holds `b` while it is in use, or
  /// where the last of them ends.
  static constexpr std::size_t smallest_gap(const Block& b, const Block* const* placed,
                                            const Block* const* placed_end) {
    std::size_t end = 0;  // of the occupied part seen so far
    std::size_t best = 0;
    std::size_t best_gap = static_cast<std::size_t>(-1);
    for (; placed != placed_end; ++placed) {
      const Block* const other = *placed;
      if (other->last < b.first || other->first > b.last) continue;
      if (other->offset >= end + b.size && other->offset - end < best_gap) {
        best = end;
        best_gap = other->offset - end;
      }
      if (other->offset + other->size > end) end = other->offset + other->size;
    }
    return best_gap == static_cast<std::size_t>(-1) ? end : best;
  }

  std::size_t count_;
  std::vector<Turn> turns_;
  std::vector<const Block*> placed_;
  std::vector<std::size_t> best_;
};

/// An arena of any size will do.
inline constexpr std::size_t any_arena = static_cast<std::size_t>(-1);

/// Gives each block an offset, so that blocks in use at one time do not overlap; gives the size of
/// the arena. One of at most `enough` floats ends the search for a smaller one.
constexpr std::size_t place(std::span<Block> blocks, std::size_t enough) {
  return blocks.empty() ? 0 : Placing(blocks).run(enough);
}
constexpr std::size_t place(std::span<Block> blocks) { return place(blocks, busiest(blocks)); }

}  // namespace convexpr::graph
