// The middle of an image, and the gradient that it hands back.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>

namespace convexpr::kernels {

namespace detail {

/// The part of x that begins at (top, left) and is as large as y.
template <class T>
constexpr FeatureMaps<T> window_at(const FeatureMaps<T>& x, int top, int left, int height,
                                   int width) {
  FeatureMaps<T> part = x;
  part.data += top * x.row_stride + std::ptrdiff_t{left} * simd::lanes;
  part.height = height;
  part.width = width;
  return part;
}

inline void copy_rows(const ConstMaps& x, const Maps& y) {
  const std::ptrdiff_t row = std::ptrdiff_t{y.width} * simd::lanes;
  for (int n = 0; n < y.examples; ++n) {
    for (int b = 0; b < blocks(y.channels, simd::lanes); ++b) {
      for (int i = 0; i < y.height; ++i) std::copy_n(row_of(x, n, b, i), row, row_of(y, n, b, i));
    }
  }
}

}  // namespace detail

/// y[c,i,j] = x[c, i + top, j + left]
///
/// Shapes     x: C x H x W    y: C x h x w, blocked both, with top + h <= H and left + w <= W
/// Ensures    lanes past the last channel are zero, as those of x are
inline void crop2d(const ConstMaps& x, const Maps& y, int top, int left) {
  detail::copy_rows(detail::window_at(x, top, left, y.height, y.width), y);
}

/// The adjoint of `crop2d`: dy where it came from, zeros around.
///
/// Shapes     dy: C x h x w    dx: C x H x W, blocked both
/// Ensures    dx is overwritten, its border is not
inline void crop2d_backward(const ConstMaps& dy, const Maps& dx, int top, int left) {
  const std::ptrdiff_t row = std::ptrdiff_t{dx.width} * simd::lanes;
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      for (int i = 0; i < dx.height; ++i) {
        if (i >= top && i < top + dy.height) {
          std::fill_n(row_of(dx, n, b, i), std::ptrdiff_t{left} * simd::lanes, 0.0F);
          float* const behind = row_of(dx, n, b, i) + std::ptrdiff_t{left + dy.width} * simd::lanes;
          std::fill(behind, row_of(dx, n, b, i) + row, 0.0F);
        } else {
          std::fill_n(row_of(dx, n, b, i), row, 0.0F);
        }
      }
    }
  }
  detail::copy_rows(dy, detail::window_at(dx, top, left, dy.height, dy.width));
}

}  // namespace convexpr::kernels
