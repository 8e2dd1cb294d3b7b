// The layer that does nothing.
#pragma once

#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// y = x; costs nothing at run time.
struct Identity final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.kind = Kind::identity;
    d.op.out = in;
  }
};

inline constexpr Identity identity{};

}  // namespace convexpr
