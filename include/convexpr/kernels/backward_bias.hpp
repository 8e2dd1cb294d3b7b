// The adjoint of a bias, which every layer with one bias a channel shares.
#pragma once

#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// The gradient of a bias that every pixel of a channel got.
///
///     db[o] = sum over n,i,j of dy[n,o,i,j]
///
/// Shapes     dy: O x H x W, blocked    db: O, padded to whole vectors
/// Accuracy   rows are summed first, then their sums: error grows with W + N*H
inline void backward_bias(const ConstMaps& dy, float* dbias) {
  for (int ob = 0; ob < blocks(dy.channels, simd::lanes); ++ob) {
    simd::Vector sum = simd::zero();
    for (int n = 0; n < dy.examples; ++n) {
      for (int r = 0; r < dy.height; ++r) {
        const float* p = dy.data + n * dy.example_stride + ob * dy.block_stride + r * dy.row_stride;
        simd::Vector row = simd::zero();
        for (int q = 0; q < dy.width; ++q) row = row + simd::load(p + q * simd::lanes);
        sum = sum + row;
      }
    }
    simd::store(dbias + ob * simd::lanes, sum);
  }
}

}  // namespace convexpr::kernels
