// Operands for kernels whose speed does not depend on them.
#pragma once

#include <span>

namespace convexpr::bench {

/// Small numbers, some of them negative.
inline void fill_with_numbers(std::span<float> values) {
  unsigned state = 1;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 24) / 256.0F - 0.5F;
  }
}

}  // namespace convexpr::bench
