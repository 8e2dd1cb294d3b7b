// How the weights of a depthwise convolution lie in memory: a vector of output channels for each
// tap, [block][kh][kw][lanes], with zeros past the last channel. The gradient lies the same way.
// Next: kernels/depthwise_conv2d.hpp, which reads it.
#pragma once

#include <algorithm>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/extent.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// Floats that the weights of one block of output channels take.
constexpr std::ptrdiff_t depthwise_block_stride(Extent2 kernel) {
  return std::ptrdiff_t{kernel.h} * kernel.w * simd::lanes;
}

/// Floats that the packed weights take.
constexpr std::size_t packed_depthwise_size(int channels, Extent2 kernel) {
  return static_cast<std::size_t>(blocks(channels, simd::lanes) * depthwise_block_stride(kernel));
}

namespace detail {

/// Where the weight of output channel `o` for the first tap lies; the others follow `lanes` apart.
constexpr std::ptrdiff_t depthwise_offset(int o, Extent2 kernel) {
  return o / simd::lanes * depthwise_block_stride(kernel) + o % simd::lanes;
}

}  // namespace detail

/// Packs weights.
///
/// Shapes     plain: O x 1 x kh x kw    packed: packed_depthwise_size(O, kernel) floats
inline void pack_depthwise(int channels, Extent2 kernel, const float* plain, float* packed) {
  std::fill_n(packed, packed_depthwise_size(channels, kernel), 0.0F);
  for (int o = 0; o < channels; ++o) {
    float* to = packed + detail::depthwise_offset(o, kernel);
    for (int tap = 0; tap < kernel.h * kernel.w; ++tap) to[tap * simd::lanes] = *plain++;
  }
}

/// The inverse of `pack_depthwise`.
inline void unpack_depthwise(int channels, Extent2 kernel, const float* packed, float* plain) {
  for (int o = 0; o < channels; ++o) {
    const float* from = packed + detail::depthwise_offset(o, kernel);
    for (int tap = 0; tap < kernel.h * kernel.w; ++tap) *plain++ = from[tap * simd::lanes];
  }
}

}  // namespace convexpr::kernels
