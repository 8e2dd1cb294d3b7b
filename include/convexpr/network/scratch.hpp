// Where a step finds memory for itself alone: among the values that lie in the arena meanwhile.
#pragma once

#include <algorithm>
#include <convexpr/graph/plan.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <span>
#include <vector>

namespace convexpr::detail {

/// The first place in the arena where `floats` are free at a time; behind all values at the latest.
constexpr std::size_t free_place(std::span<const graph::Block> arrays, int time,
                                 std::size_t floats) {
  if (floats == 0) return 0;
  std::vector<graph::Block> in_use;
  for (const graph::Block& b : arrays) {
    if (b.first <= time && time <= b.last) in_use.push_back(b);
  }
  const auto is_free = [&](std::size_t begin) {
    for (const graph::Block& b : in_use) {
      if (begin < b.offset + b.size && b.offset < begin + floats) return false;
    }
    return true;
  };
  if (is_free(0)) return 0;
  std::size_t place = static_cast<std::size_t>(-1);
  for (const graph::Block& b : in_use) {
    const std::size_t behind = b.offset + b.size;
    if (behind < place && is_free(behind)) place = behind;
  }
  return place;
}

/// Memory of this thread for all members of a team that it leads, but itself. It grows with what is
/// asked for, and lives as long as the thread.
///
/// Errors     std::bad_alloc where there is no more
inline float* memory_of_members(std::size_t floats) {
  thread_local AlignedBuffer<float> memory;
  if (memory.size() < floats) memory = AlignedBuffer<float>(floats);
  return memory.data();
}

}  // namespace convexpr::detail
