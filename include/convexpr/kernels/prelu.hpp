// The rectifier whose slope on the left is learned, one number for all channels.
#pragma once

#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/pixel_sum.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::kernels {

/// A rectifier with a given slope on the left.
///
///     y = x where x > 0, else slope * x
///
/// Shapes     x, y: blocked, of one shape; y may be x
inline void prelu(const ConstMaps& x, float slope, const Maps& y) {
  const simd::Vector w = simd::broadcast(slope);
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        float* const out = row_of(y, n, b, i);
        for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
          const simd::Vector v = simd::load(in + j);
          simd::store(out + j, simd::select(v > simd::zero(), v, w * v));
        }
      }
    }
  }
}

/// The adjoint of `prelu`, and the gradient of its slope.
///
///     dx = dy where x > 0, else slope * dy
///     dslope = sum of dy * x over all x that are not positive
///
/// Shapes     x, dy, dx: blocked, of one shape; dx may be dy or x
/// Accuracy   dslope: rows summed in float and their sums in double
/// Ensures    dx and *dslope are overwritten
inline void prelu_backward(const ConstMaps& x, const ConstMaps& dy, float slope, const Maps& dx,
                           float* dslope) {
  const simd::Vector w = simd::broadcast(slope);
  detail::PixelSum products;
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        const float* const gradient = row_of(dy, n, b, i);
        float* const out = row_of(dx, n, b, i);
        simd::Vector row = simd::zero();
        for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
          const simd::Vector v = simd::load(in + j);
          const simd::Vector g = simd::load(gradient + j);
          const simd::Mask positive = v > simd::zero();
          row = row + simd::select(positive, simd::zero(), g * v);
          simd::store(out + j, simd::select(positive, g, w * g));
        }
        products.add(row);
      }
    }
  }
  *dslope = static_cast<float>(products.total());
}

}  // namespace convexpr::kernels
