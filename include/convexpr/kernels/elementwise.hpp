// One elementwise function over whole feature maps, where no producer could take it along.
//
// The functions are the types of expr/activation.hpp.
#pragma once

#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::kernels {

namespace detail {

/// F of v, and zero in the lanes that hold no channel.
template <class F>
CONVEXPR_INLINE simd::Vector value_inside(simd::Vector v, simd::Mask inside) {
  if constexpr (F::zero_at_zero) return F::value(v);
  return simd::select(inside, F::value(v), simd::zero());
}

}  // namespace detail

/// Applies an elementwise function.
///
///     y = F(x)
///
/// Shapes     x, y: blocked, of one shape; y may be x
/// Ensures    lanes past the last channel are zero, whatever F makes of zero
template <class F>
void elementwise(const ConstMaps& x, const Maps& y) {
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        float* const out = row_of(y, n, b, i);
        for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
          simd::store(out + j, detail::value_inside<F>(simd::load(in + j), inside));
        }
      }
    }
  }
}

/// The adjoint of `elementwise`.
///
///     dx = dy * F'(x),   F' told by v: what `elementwise` computed where F::slope_from_output, else
///                        what it was given
///
/// Shapes     v, dy, dx: blocked, of one shape; dx may be dy or v
template <class F>
void elementwise_backward(const ConstMaps& v, const ConstMaps& dy, const Maps& dx) {
  for (int n = 0; n < v.examples; ++n) {
    for (int b = 0; b < blocks(v.channels, simd::lanes); ++b) {
      for (int i = 0; i < v.height; ++i) {
        const float* const value = row_of(v, n, b, i);
        const float* const in = row_of(dy, n, b, i);
        float* const out = row_of(dx, n, b, i);
        for (int j = 0; j < v.width * simd::lanes; j += simd::lanes) {
          simd::store(out + j, simd::load(in + j) * F::slope(simd::load(value + j)));
        }
      }
    }
  }
}

}  // namespace convexpr::kernels
