// Enlarged images and their derivatives, by the weight of each old pixel in each new one.
#pragma once

#include "reference_layers.hpp"

namespace reference {

using convexpr::Kind;

/// What element k of an axis of n weighs in element i of the axis enlarged to m.
inline double upsample_weight(Kind kind, int n, int m, int i, int k) {
  if (kind == Kind::upsample_nearest) return i * n / m == k ? 1 : 0;
  const double at = std::clamp((i + 0.5) * n / m - 0.5, 0.0, n - 1.0);
  return std::max(0.0, 1 - std::abs(at - k));
}

/// Calls f(row, column, weight) for every old pixel.
template <class F>
void for_each_upsampled(const Operation& op, int i, int j, F f) {
  for (int row = 0; row < op.in.height; ++row) {
    for (int column = 0; column < op.in.width; ++column) {
      f(row, column,
        upsample_weight(op.kind, op.in.height, op.out.height, i, row) *
            upsample_weight(op.kind, op.in.width, op.out.width, j, column));
    }
  }
}

inline void upsample(const Operation& op, const Images& x, Images& y) {
  for_each(y, [&](int n, int c, int i, int j) {
    for_each_upsampled(op, i, j, [&](int row, int column, double weight) {
      y(n, c, i, j) += weight * x(n, c, row, column);
    });
  });
}

inline void upsample_adjoint(const Operation& op, const Images& dy, Images& dx) {
  for_each(dy, [&](int n, int c, int i, int j) {
    for_each_upsampled(op, i, j, [&](int row, int column, double weight) {
      dx(n, c, row, column) += weight * dy(n, c, i, j);
    });
  });
}

}  // namespace reference
