// What inference reads besides the parameters, and is made of them when they have changed: factors
// and shifts of batch norms, and the weights of convolutions that have taken those in.
#pragma once

#include <algorithm>
#include <convexpr/network/blueprint.hpp>

namespace convexpr::detail {

/// scale = weight / sqrt(variance + epsilon), shift = bias - mean * scale; zeros past the last channel
inline void prepare(const PreparedNorm& n, float* p) {
  for (int b = 0; b < kernels::blocks(n.channels, simd::lanes); ++b) {
    const std::ptrdiff_t at = std::ptrdiff_t{b} * simd::lanes;
    const simd::Mask inside = simd::first_lanes(n.channels - b * simd::lanes);
    const auto read = [&](std::ptrdiff_t offset, float otherwise) {
      return offset < 0 ? simd::broadcast(otherwise) : simd::load_unaligned(p + offset + at);
    };
    const simd::Vector deviation = simd::sqrt(read(n.variance, 1) + simd::broadcast(n.epsilon));
    const simd::Vector scale = simd::select(inside, read(n.weight, 1) / deviation, simd::zero());
    const simd::Vector shift = read(n.bias, 0) - read(n.mean, 0) * scale;
    simd::store_unaligned(p + n.scale + at, scale);
    simd::store_unaligned(p + n.shift + at, simd::select(inside, shift, simd::zero()));
  }
}

/// Weights times the factor of their output channel, and the bias likewise, plus the shift.
inline void prepare(const PreparedConvolution& c, const PreparedNorm& n, float* p) {
  const int blocks = kernels::blocks(c.channels, simd::lanes);
  kernels::scale_packed(blocks, c.block_stride, p + c.weight, p + n.scale, p + c.folded_weight);
  for (int b = 0; b < blocks; ++b) {
    const std::ptrdiff_t at = std::ptrdiff_t{b} * simd::lanes;
    const simd::Vector shift = simd::load_unaligned(p + n.shift + at);
    const simd::Vector bias = c.bias < 0 ? simd::zero() : simd::load_unaligned(p + c.bias + at);
    simd::store_unaligned(p + c.folded_bias + at,
                          simd::fma(bias, simd::load_unaligned(p + n.scale + at), shift));
  }
}

/// Brings everything that `Blueprint` prepares up to the parameters in `p`.
template <const auto& Blueprint>
void prepare_all(float* p) {
  for (const PreparedNorm& n : Blueprint.norms) prepare(n, p);
  for (const PreparedConvolution& c : Blueprint.folds) prepare(c, Blueprint.norms[c.norm], p);
}

}  // namespace convexpr::detail
