// A block of packed weights turned round: what the adjoint of an input reads in place of them.
#pragma once

#include <convexpr/simd/transpose.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::kernels {

/// Turns `count` rows of `lanes` floats into `lanes` rows, of which the first `count` floats are
/// written:
///
///     to[k * lanes + r] = from[r * lanes + k]
///
/// Shapes     from: count x lanes    to: lanes x lanes
/// Requires   count <= lanes
inline void transpose_block(const float* from, int count, float* to) {
  if (count == simd::lanes) return simd::transpose(from, to);
  for (int r = 0; r < count; ++r) {
    CONVEXPR_UNROLL
    for (int k = 0; k < simd::lanes; ++k) to[k * simd::lanes] = from[k];
    from += simd::lanes;
    ++to;
  }
}

}  // namespace convexpr::kernels
