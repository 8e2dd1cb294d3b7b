// The shape that a network is declared for.
#pragma once

#include <convexpr/shape/shape.hpp>

namespace convexpr {

/// `Input<C, H, W>` for images, `Input<C, L>` for sequences, `Input<N>` for vectors of features.
template <int... Extents>
struct Input final {
  static_assert(
      sizeof...(Extents) >= 1 && sizeof...(Extents) <= 3 && ((Extents > 0) && ...),
      "Input: one to three positive extents; write Input<C, H, W>, Input<C, L> or Input<N>");
  static constexpr Shape shape = convexpr::shape(Extents...);
};

}  // namespace convexpr
