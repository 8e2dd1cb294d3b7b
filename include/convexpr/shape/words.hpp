// A shape in the words of a sentence.
#pragma once

#include <convexpr/meta/refusal.hpp>
#include <convexpr/shape/shape.hpp>

namespace convexpr {

/// "64x28x28"
constexpr Sentence words(Shape s) {
  Sentence out;
  for (int axis = 0; axis < s.rank; ++axis) {
    if (axis > 0) out << "x";
    out << s.extent(axis);
  }
  return out;
}

}  // namespace convexpr
