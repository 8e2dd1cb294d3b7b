// Memory that a caller lends for a run: it fits, or it is refused in numbers.
#pragma once

#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace convexpr::detail {

/// So many floats that what follows them begins with a cache line.
constexpr std::size_t whole_lines(std::size_t floats) { return (floats + 15) / 16 * 16; }

/// The floats of an arena for `user`, which needs `bytes` of it: "the network", or what ends with
/// the number of its examples.
///
/// Errors     std::invalid_argument where the arena is too small or not aligned
inline float* lent_arena(std::span<std::byte> arena, std::size_t bytes, const char* user,
                         std::size_t examples = 0) {
  if (arena.size() < bytes) {
    std::string message = "forward: the arena has " + std::to_string(arena.size()) + " bytes, ";
    message += user;
    if (examples > 0)
      message += std::to_string(examples) + (examples == 1 ? " example" : " examples");
    throw std::invalid_argument(message + " needs " + std::to_string(bytes));
  }
  const std::size_t behind = reinterpret_cast<std::uintptr_t>(arena.data()) % simd::alignment;
  if (behind != 0) {
    const std::string alignment = std::to_string(simd::alignment);
    throw std::invalid_argument("forward: the arena must be aligned to " + alignment +
                                " bytes, but begins " + std::to_string(behind) +
                                " behind a multiple of " + alignment);
  }
  return reinterpret_cast<float*>(arena.data());
}

}  // namespace convexpr::detail
