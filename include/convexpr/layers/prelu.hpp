// The rectifier that learns its slope.
#pragma once

#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// y = x where x > 0, else weight * x
///
/// Shapes     x, y: any    weight: 1, one number for all channels, 0.25 in a new network
/// Parameters 1
/// Source     He and others, "Delving deep into rectifiers", ICCV 2015
/// See also   PyTorch's torch.nn.PReLU(); the slope at 0 is weight
struct PReLU final : Layer {
  static constexpr expr::Formula formula =
      expr::trace<[](auto x, auto weight) { return select(x > 0.0F, x, weight * x); }, 2>().formula;
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.kind = Kind::prelu;
    d.op.formula = &formula;
    d.op.out = in;
    d.add({.name = "weight", .extents = {1}, .rank = 1, .initial = 0.25F});
  }
};

inline constexpr PReLU prelu{};

}  // namespace convexpr
