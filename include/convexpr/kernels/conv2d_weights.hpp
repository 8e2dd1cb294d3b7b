// How the weights of a convolution lie in memory: in the order in which the kernels read them.
//
// Output channels are packed in blocks of `simd::lanes`. A block holds one row of `lanes` floats,
// one per output channel, for every tap and every input channel that any of its output channels
// reads:
//
//     for each block of `interleave` input channels that meets the range, for u < kh, for v < kw,
//     for each channel of that block within the range: `lanes` floats
//
// The range is all input channels when groups == 1, and else what the groups of the block's output
// channels own. A lane holds zero where its group does not own the channel, and past the last
// output channel. Every block has the room of the largest range. The gradient of the weights lies
// the same way. Next: kernels/conv2d_direct.hpp, which reads it.
#pragma once

#include <algorithm>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// What a convolution's kernels have to know beside their maps.
///
/// Requires   in_channels and out_channels divisible by groups
struct ConvGeometry {
  int in_channels = 0;
  int out_channels = 0;
  int groups = 1;
  Window window;
  int interleave = simd::lanes;  // of x: simd::lanes (blocked) or 1 (planar)

  friend constexpr bool operator==(const ConvGeometry&, const ConvGeometry&) = default;
};

/// Channels from `first` up to, not including, `last`.
struct ChannelRange {
  int first = 0;
  int last = 0;

  constexpr int size() const { return last - first; }
  friend constexpr bool operator==(const ChannelRange&, const ChannelRange&) = default;
};

/// The input channels that output channel `o` reads.
constexpr ChannelRange channels_of_output(const ConvGeometry& g, int o) {
  const int owned = g.in_channels / g.groups;
  const int group = o / (g.out_channels / g.groups);
  return {group * owned, (group + 1) * owned};
}

/// The input channels that any output channel of block `ob` reads.
constexpr ChannelRange channels_of_block(const ConvGeometry& g, int ob) {
  const int first = ob * simd::lanes;
  const int last = std::min(first + simd::lanes, g.out_channels) - 1;
  return {channels_of_output(g, first).first, channels_of_output(g, last).last};
}

/// Channels of `range` that lie in the same block of `interleave` channels as channel `c` does.
constexpr ChannelRange channels_beside(const ConvGeometry& g, ChannelRange range, int c) {
  const int first = c / g.interleave * g.interleave;
  return {std::max(first, range.first), std::min(first + g.interleave, range.last)};
}

/// Floats from one block of output channels to the next: the room of the largest range.
constexpr std::ptrdiff_t packed_block_stride(const ConvGeometry& g) {
  int largest = 0;
  for (int ob = 0; ob < blocks(g.out_channels, simd::lanes); ++ob) {
    largest = std::max(largest, channels_of_block(g, ob).size());
  }
  return std::ptrdiff_t{largest} * g.window.kernel.h * g.window.kernel.w * simd::lanes;
}

/// Blocks of output channels, from the first on, that read the same input channels: what a tile can
/// hold together.
constexpr int blocks_beside(const ConvGeometry& g) {
  const int all = blocks(g.out_channels, simd::lanes);
  int count = 1;
  while (count < all && channels_of_block(g, count) == channels_of_block(g, 0)) ++count;
  return count;
}

/// Where, within block `ob`, the `lanes` weights of input channel `c` and tap (u, v) start.
///
/// Requires   c in channels_of_block(g, ob)
constexpr std::ptrdiff_t packed_offset(const ConvGeometry& g, int ob, int c, int u, int v) {
  const ChannelRange range = channels_of_block(g, ob);
  const ChannelRange beside = channels_beside(g, range, c);
  const Extent2 k = g.window.kernel;
  const std::ptrdiff_t before = std::ptrdiff_t{beside.first - range.first} * k.h * k.w;
  const std::ptrdiff_t tap = std::ptrdiff_t{u} * k.w + v;
  return (before + tap * beside.size() + (c - beside.first)) * simd::lanes;
}

/// Floats that the packed weights take.
constexpr std::size_t packed_size(const ConvGeometry& g) {
  return static_cast<std::size_t>(packed_block_stride(g) * blocks(g.out_channels, simd::lanes));
}

/// Calls f(packed, plain) with the two places of every weight, ordered by the plain one.
template <class F>
constexpr void for_each_weight(const ConvGeometry& g, F f) {
  const Extent2 k = g.window.kernel;
  const std::ptrdiff_t taps = std::ptrdiff_t{k.h} * k.w;
  const std::ptrdiff_t block_stride = packed_block_stride(g);
  for (int ob = 0; ob < blocks(g.out_channels, simd::lanes); ++ob) {
    const int first = ob * simd::lanes;
    const int last = std::min(first + simd::lanes, g.out_channels);
    const ChannelRange range = channels_of_block(g, ob);
    for (int o = first; o < last; ++o) {
      const ChannelRange read = channels_of_output(g, o);
      for (int c = read.first; c < read.last; ++c) {
        const std::ptrdiff_t step =
            std::ptrdiff_t{channels_beside(g, range, c).size()} * simd::lanes;
        std::ptrdiff_t packed = ob * block_stride + packed_offset(g, ob, c, 0, 0) + (o - first);
        std::ptrdiff_t plain = (std::ptrdiff_t{o} * read.size() + (c - read.first)) * taps;
        for (std::ptrdiff_t tap = 0; tap < taps; ++tap, ++plain, packed += step) f(packed, plain);
      }
    }
  }
}

/// Packs weights; zeros wherever no weight belongs.
///
/// Shapes     plain: O x C/g x kh x kw    packed: packed_size(g) floats
inline void pack(const ConvGeometry& g, const float* plain, float* packed) {
  std::fill_n(packed, packed_size(g), 0.0F);
  for_each_weight(g, [=](std::ptrdiff_t to, std::ptrdiff_t from) { packed[to] = plain[from]; });
}

/// Multiplies the weights of each output channel by a number of its own.
///
/// Shapes     packed, scaled: `count` blocks, `block_stride` floats apart    scale: O, whole lanes
inline void scale_packed(int count, std::ptrdiff_t block_stride, const float* packed,
                         const float* scale, float* scaled) {
  for (int b = 0; b < count; ++b, packed += block_stride, scaled += block_stride) {
    const simd::Vector factor = simd::load_unaligned(scale + std::ptrdiff_t{b} * simd::lanes);
    for (std::ptrdiff_t i = 0; i < block_stride; i += simd::lanes) {
      simd::store(scaled + i, simd::load(packed + i) * factor);
    }
  }
}

/// The inverse of `pack`.
inline void unpack(const ConvGeometry& g, const float* packed, float* plain) {
  for_each_weight(g, [=](std::ptrdiff_t from, std::ptrdiff_t to) { plain[to] = packed[from]; });
}

}  // namespace convexpr::kernels
