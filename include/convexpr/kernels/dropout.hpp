// Dropout of elements and of channels, with a mask that is computed from their positions and never
// stored.
#pragma once

#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <cstdint>

namespace convexpr::kernels {

namespace detail {

/// Mixes the bits of a word so that each depends on all: two rounds of multiply and shift.
///
/// Source     the finaliser of MurmurHash3, A. Appleby, 2011
constexpr std::uint32_t mix(std::uint32_t h) {
  h = (h ^ (h >> 16)) * 0x85ebca6bU;
  h = (h ^ (h >> 13)) * 0xc2b2ae35U;
  return h ^ (h >> 16);
}

/// Random words that are a function of a seed and a counter alone.
struct CounterHash {
  std::uint32_t low_key;
  std::uint32_t high_key;

  constexpr explicit CounterHash(std::uint64_t seed)
      : low_key(mix(static_cast<std::uint32_t>(seed) + 0x9e3779b9U)),
        high_key(mix(static_cast<std::uint32_t>(seed >> 32) ^ low_key)) {}

  constexpr std::uint32_t operator()(std::uint64_t counter) const {
    const std::uint32_t low = mix(static_cast<std::uint32_t>(counter) ^ low_key);
    const std::uint32_t high = static_cast<std::uint32_t>(counter >> 32) * 0x9e3779b9U + high_key;
    return mix(low + high);
  }
};

}  // namespace detail

/// Drops elements at random and scales those that stay, so that the mean stays too.
///
///     y = x / (1 - p) with chance 1 - p, else 0
///
/// Whether element (c, i, j) of example n stays depends on the seed and on ((n*C + c)*H + i)*W + j
/// alone: every instruction set draws the same mask, and the adjoint is the same call on dy.
///
/// Shapes     x, y: blocked, of one shape; y may be x
/// Parameters p: from 0, which copies, to 1, which drops everything
///            first_channel: n*C + c of the first channel of x, where x is a part: of whole examples,
///            or some channels of one
/// Ensures    lanes past the last channel are zero
inline void dropout(const ConstMaps& x, const Maps& y, float p, std::uint64_t seed,
                    std::uint64_t first_channel = 0) {
  const detail::CounterHash hash(seed);
  const auto threshold = static_cast<std::uint64_t>(static_cast<double>(p) * 4294967296.0);
  const simd::Vector scale = simd::broadcast(p < 1.0F ? 1.0F / (1.0F - p) : 0.0F);
  const auto area = static_cast<std::uint64_t>(x.height) * static_cast<std::uint64_t>(x.width);
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      const auto channel = first_channel +
                           static_cast<std::uint64_t>(n) * static_cast<std::uint64_t>(x.channels) +
                           static_cast<std::uint64_t>(b * simd::lanes);
      std::uint64_t position = channel * area;
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        float* const out = row_of(y, n, b, i);
        for (int j = 0; j < x.width * simd::lanes; j += simd::lanes, ++position) {
          alignas(simd::alignment) float stays[simd::lanes];
          for (int l = 0; l < simd::lanes; ++l) {
            const std::uint64_t counter = position + static_cast<std::uint64_t>(l) * area;
            stays[l] = hash(counter) >= threshold ? 1.0F : 0.0F;
          }
          const simd::Mask kept = simd::load(stays) > simd::zero();
          simd::store(out + j, simd::select(kept, simd::load(in + j) * scale, simd::zero()));
        }
      }
    }
  }
}

/// Drops whole channels at random and scales those that stay, so that the mean stays too.
///
///     y[c] = x[c] / (1 - p) with chance 1 - p, else 0
///
/// Whether channel c of example n stays depends on the seed and on n*C + c alone: every instruction
/// set draws the same mask, and the adjoint is the same call on dy.
///
/// Shapes     x, y: blocked, of one shape; y may be x
/// Parameters p: from 0, which copies, to 1, which drops everything
///            first_channel: n*C + c of the first channel of x, where x is a part: of whole examples,
///            or some channels of one
/// Ensures    lanes past the last channel are zero
inline void dropout2d(const ConstMaps& x, const Maps& y, float p, std::uint64_t seed,
                      std::uint64_t first_channel = 0) {
  const detail::CounterHash hash(seed);
  const auto threshold = static_cast<std::uint64_t>(static_cast<double>(p) * 4294967296.0);
  const simd::Vector scale = simd::broadcast(p < 1.0F ? 1.0F / (1.0F - p) : 0.0F);
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      const auto channel = first_channel +
                           static_cast<std::uint64_t>(n) * static_cast<std::uint64_t>(x.channels) +
                           static_cast<std::uint64_t>(b * simd::lanes);
      alignas(simd::alignment) float stays[simd::lanes];
      for (int l = 0; l < simd::lanes; ++l) {
        const std::uint64_t counter = channel + static_cast<std::uint64_t>(l);
        stays[l] = hash(counter) >= threshold ? 1.0F : 0.0F;
      }
      const simd::Mask kept = simd::load(stays) > simd::zero();
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        float* const out = row_of(y, n, b, i);
        for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
          simd::store(out + j, simd::select(kept, simd::load(in + j) * scale, simd::zero()));
        }
      }
    }
  }
}

}  // namespace convexpr::kernels
