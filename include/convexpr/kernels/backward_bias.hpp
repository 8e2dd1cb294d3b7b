// The adjoint of a bias, which every layer with one bias a channel shares.
#pragma once

#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/extent.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// Adds the pixels of some rows of a block of channels to the gradient of its bias: while they are in
/// the cache, since a second pass over dy would wait for them again.
inline void add_to_bias_gradient(const float* dy, std::ptrdiff_t row_stride, Extent2 pixels,
                                 float* db) {
  constexpr int parts = 4;  // which hide the latency of additions
  simd::Vector sums[parts];
  CONVEXPR_UNROLL
  for (int k = 0; k < parts; ++k) sums[k] = simd::zero();
  for (int r = 0; r < pixels.h; ++r, dy += row_stride) {
    const float* p = dy;
    int left = pixels.w;
    for (; left >= parts; left -= parts, p += parts * simd::lanes) {
      CONVEXPR_UNROLL
      for (int k = 0; k < parts; ++k) sums[k] = sums[k] + simd::load(p + k * simd::lanes);
    }
    for (; left > 0; --left, p += simd::lanes) sums[0] = sums[0] + simd::load(p);
  }
  simd::store(db, simd::load(db) + ((sums[0] + sums[1]) + (sums[2] + sums[3])));
}

/// The gradient of a bias that every pixel of a channel got.
///
///     db[o] = sum over n,i,j of dy[n,o,i,j]
///
/// Shapes     dy: O x H x W, blocked    db: O, padded to whole vectors
/// Accuracy   an image is summed first, in four parts, then the images: error grows with H*W + N
inline void backward_bias(const ConstMaps& dy, float* dbias) {
  for (int ob = 0; ob < blocks(dy.channels, simd::lanes); ++ob) {
    float* const db = dbias + std::ptrdiff_t{ob} * simd::lanes;
    simd::store(db, simd::zero());
    for (int n = 0; n < dy.examples; ++n) {
      add_to_bias_gradient(dy.data + n * dy.example_stride + ob * dy.block_stride, dy.row_stride,
                           {dy.height, dy.width}, db);
    }
  }
}

}  // namespace convexpr::kernels
