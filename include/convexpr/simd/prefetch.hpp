// Memory that a kernel is about to go along for the first time.
//
// Processors notice that a program goes along memory, and bring what comes next; but each page anew,
// for which the program waits two or three times. Asking for the first lines of a page in time is
// enough: they wake the processor up, who brings the rest. Asking for every line shortly before it is
// wanted takes the places in which loads wait; a tile of registers before, a line at a time, it does not.
#pragma once

#include <convexpr/simd/unroll.hpp>
#include <cstddef>
#include <cstdint>

namespace convexpr::simd {

/// Asks for the line that holds `p`, for soon. Nothing is read, so it need not exist.
CONVEXPR_INLINE void prefetch(const float* p) {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(p, 0, 3);
#endif
}

/// Asks for the line `floats` behind `p`, for later: into the second-level cache. Nothing is read, so it
/// need not exist.
CONVEXPR_INLINE void prefetch_later(const float* p, std::ptrdiff_t floats) {
#if defined(__GNUC__) || defined(__clang__)
  const std::uintptr_t bytes = static_cast<std::uintptr_t>(floats) * sizeof(float);
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) + bytes), 0,
                     2);
#endif
}

/// Of a program that goes along `floats` from `p` on: asks for the page behind the one that it will
/// have reached by then, if it starts within what is gone along now; of `Streams` such, `apart` floats
/// apart. Nothing is read, so the page need not exist.
template <int Streams>
CONVEXPR_INLINE void prefetch_next_page(const float* p, std::ptrdiff_t floats,
                                        std::ptrdiff_t apart) {
#if defined(__GNUC__) || defined(__clang__)
  constexpr std::uintptr_t page = 4096;
  constexpr std::uintptr_t line = 64;
  constexpr std::uintptr_t lines = 8;
  const auto at = reinterpret_cast<std::uintptr_t>(p);
  const std::uintptr_t left = (page - at % page) % page;  // bytes to where a page starts
  if (left >= static_cast<std::uintptr_t>(floats) * sizeof(float)) return;
  for (int s = 0; s < Streams; ++s) {
    const auto next = at + static_cast<std::uintptr_t>(s * apart) * sizeof(float) + left + page;
    CONVEXPR_UNROLL
    for (std::uintptr_t i = 0; i < lines; ++i) {
      __builtin_prefetch(reinterpret_cast<const void*>(next + i * line), 0, 2);
    }
  }
#endif
}

}  // namespace convexpr::simd
