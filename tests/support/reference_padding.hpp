// The border around an image, by its definition in double precision, and what its adjoint gives.
#pragma once

#include <algorithm>
#include <cmath>
#include <convexpr/layers/operation.hpp>

#include "reference_layers.hpp"

namespace reference {

using convexpr::PaddingMode;

/// The element that stands at position k beside elements 0 to n - 1, or -1 for one that is none of
/// them.
inline int copied(PaddingMode mode, int k, int n) {
  if (k >= 0 && k < n) return k;
  switch (mode) {
    case PaddingMode::reflect: return n - 1 - std::abs(n - 1 - std::abs(k));
    case PaddingMode::replicate: return std::clamp(k, 0, n - 1);
    case PaddingMode::circular: return (k % n + n) % n;
    default: return -1;
  }
}

/// Calls f(weight, i, j) for every element of the image that takes part in position (row, column),
/// counted from the image's first pixel.
template <class F>
void for_each_source(const Operation& op, int row, int column, F f) {
  const int i = copied(op.padding_mode, row, op.in.height);
  const int j = copied(op.padding_mode, column, op.in.width);
  if (i >= 0 && j >= 0) {
    f(1.0, i, j);
  } else if (op.padding_mode == PaddingMode::mean) {
    const double weight = 1.0 / (static_cast<double>(op.in.height) * op.in.width);
    for (int r = 0; r < op.in.height; ++r) {
      for (int c = 0; c < op.in.width; ++c) f(weight, r, c);
    }
  }
}

inline Shape bordered(const Operation& op) {
  const convexpr::Padding& p = op.window.padding;
  Shape s = op.in;
  s.height += p.top + p.bottom;
  s.width += p.left + p.right;
  return s;
}

/// x with the border that `op` reads around it.
inline Images with_border(const Operation& op, const Images& x) {
  const convexpr::Padding& p = op.window.padding;
  Images y(bordered(op), x.examples);
  for_each(y, [&](int n, int c, int i, int j) {
    for_each_source(op, i - p.top, j - p.left, [&](double weight, int row, int column) {
      y(n, c, i, j) += weight * x(n, c, row, column);
    });
  });
  return y;
}

/// The adjoint of `with_border`, added to dx.
inline void fold_border(const Operation& op, const Images& dy, Images& dx) {
  const convexpr::Padding& p = op.window.padding;
  for_each(dy, [&](int n, int c, int i, int j) {
    for_each_source(op, i - p.top, j - p.left, [&](double weight, int row, int column) {
      dx(n, c, row, column) += weight * dy(n, c, i, j);
    });
  });
}

/// The same operation on an input that has its border already.
inline Operation behind_border(Operation op) {
  op.in = bordered(op);
  op.window.padding = {};
  return op;
}

}  // namespace reference
