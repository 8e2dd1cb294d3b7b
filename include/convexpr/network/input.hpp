// The shape that a network is declared for.
#pragma once

#include <convexpr/shape/shape.hpp>

namespace convexpr {

/// `Input<C, H, W>` for images, `Input<C, L>` for sequences, `Input<N>` for vectors of features.
///
/// Errors     while compiling, from the network: other than one to three extents, or one below 1
template <int... Extents>
struct Input final {
  static constexpr Shape shape = [] {
    if constexpr (sizeof...(Extents) >= 1 && sizeof...(Extents) <= 3) {
      return convexpr::shape(Extents...);
    } else {
      return Shape{.channels = static_cast<int>(sizeof...(Extents)), .rank = 0};
    }
  }();
};

}  // namespace convexpr
