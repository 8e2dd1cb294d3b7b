// The answer of a classifier: which of its scores is the largest.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>

namespace convexpr {

/// The place of the largest value; the first of them where several are equal.
///
/// Errors     std::invalid_argument where there is no value
constexpr std::size_t argmax(std::span<const float> values) {
  if (values.empty()) throw std::invalid_argument("argmax: there are no values");
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace convexpr
