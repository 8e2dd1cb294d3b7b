// The weights of a convolution turned round, so that a vector holds input channels: what the
// adjoint of the input reads, and with it a transposed convolution, whose weights lie like this.
//
// Input channels are turned in blocks of `simd::lanes`. A block holds a square of lanes x lanes
// floats, one row per output channel, for every tap and every block of output channels of which any
// reads any of its channels. Every block has the room of the largest. Squares hold zeros where an
// output channel does not read an input channel, and past the last channels.
#pragma once

#include <algorithm>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <convexpr/kernels/transpose.hpp>
#include <cstddef>

namespace convexpr::kernels {

namespace detail {

inline constexpr std::ptrdiff_t turned_square = std::ptrdiff_t{simd::lanes} * simd::lanes;

/// The output channels that read any of the input channels in `channels`.
constexpr ChannelRange outputs_of_channels(const ConvGeometry& g, ChannelRange channels) {
  const int owned = g.in_channels / g.groups;
  const int made = g.out_channels / g.groups;
  return {channels.first / owned * made, ((channels.last - 1) / owned + 1) * made};
}

/// The input channels of block `ib` of a blocked input.
constexpr ChannelRange channels_in_block(const ConvGeometry& g, int ib) {
  return {ib * simd::lanes, std::min((ib + 1) * simd::lanes, g.in_channels)};
}

/// The blocks of output channels that hold any of `outputs`.
constexpr ChannelRange blocks_of(ChannelRange outputs) {
  return {outputs.first / simd::lanes, blocks(outputs.last, simd::lanes)};
}

}  // namespace detail

/// Floats from one block of input channels to the next.
constexpr std::ptrdiff_t turned_block_stride(const ConvGeometry& g) {
  int largest = 0;
  for (int ib = 0; ib < blocks(g.in_channels, simd::lanes); ++ib) {
    const ChannelRange outputs = detail::outputs_of_channels(g, detail::channels_in_block(g, ib));
    largest = std::max(largest, detail::blocks_of(outputs).size());
  }
  return std::ptrdiff_t{largest} * g.window.kernel.h * g.window.kernel.w * detail::turned_square;
}

/// Floats that the turned weights take.
constexpr std::size_t turned_size(const ConvGeometry& g) {
  return static_cast<std::size_t>(blocks(g.in_channels, simd::lanes) * turned_block_stride(g));
}

namespace detail {

/// All blocks of input channels.
constexpr ChannelRange all_in_blocks(const ConvGeometry& g) {
  return {0, blocks(g.in_channels, simd::lanes)};
}

/// Calls f(packed, count, turned) for every square of some blocks of input channels: where in the
/// packed weights the rows of its `count` input channels start, and where in the turned ones the
/// first of their columns stands.
template <class F>
void for_each_square(const ConvGeometry& g, ChannelRange in_blocks, F f) {
  const std::ptrdiff_t packed_stride = packed_block_stride(g);
  const std::ptrdiff_t turned_stride = turned_block_stride(g);
  for (int ib = in_blocks.first; ib < in_blocks.last; ++ib) {
    const ChannelRange channels = channels_in_block(g, ib);
    const ChannelRange obs = blocks_of(outputs_of_channels(g, channels));
    std::ptrdiff_t to = ib * turned_stride;
    for (int u = 0; u < g.window.kernel.h; ++u) {
      for (int v = 0; v < g.window.kernel.w; ++v) {
        for (int ob = obs.first; ob < obs.last; ++ob, to += turned_square) {
          const int first = std::max(channels.first, channels_of_block(g, ob).first);
          const int last = std::min(channels.last, channels_of_block(g, ob).last);
          f(ob * packed_stride + packed_offset(g, ob, first, u, v), last - first,
            to + (first - channels.first));
        }
      }
    }
  }
}

/// Turns the weights of some blocks of input channels round.
inline void turn_weights(const ConvGeometry& g, const float* packed, float* turned,
                         ChannelRange in_blocks) {
  const std::ptrdiff_t stride = turned_block_stride(g);
  // Squares of one group overwrite a block that has a channel in each lane.
  const int whole = g.groups == 1 ? std::min(g.in_channels / simd::lanes, in_blocks.last) : 0;
  std::fill(turned + std::max(in_blocks.first, whole) * stride, turned + in_blocks.last * stride,
            0.0F);
  for_each_square(g, in_blocks, [=](std::ptrdiff_t from, int count, std::ptrdiff_t to) {
    transpose_block(packed + from, count, turned + to);
  });
}

inline void turn_weights(const ConvGeometry& g, const float* packed, float* turned) {
  turn_weights(g, packed, turned, all_in_blocks(g));
}

/// The inverse of `turn_weights`.
inline void turn_weights_back(const ConvGeometry& g, const float* turned, float* packed) {
  std::fill_n(packed, packed_size(g), 0.0F);
  for_each_square(g, all_in_blocks(g), [=](std::ptrdiff_t to, int count, std::ptrdiff_t from) {
    if (count == simd::lanes) return simd::transpose(turned + from, packed + to);
    for (int c = 0; c < count; ++c) {
      float* row = packed + to + std::ptrdiff_t{c} * simd::lanes;
      const float* column = turned + from + c;
      CONVEXPR_UNROLL
      for (int o = 0; o < simd::lanes; ++o) row[o] = column[o * simd::lanes];
    }
  });
}

/// Calls f(turned, plain) with the two places of every weight, ordered by the plain one.
template <class F>
void for_each_turned_weight(const ConvGeometry& g, F f) {
  const std::ptrdiff_t block_stride = turned_block_stride(g);
  const int taps = g.window.kernel.h * g.window.kernel.w;
  std::ptrdiff_t plain = 0;
  for (int o = 0; o < g.out_channels; ++o) {
    const ChannelRange read = channels_of_output(g, o);
    for (int c = read.first; c < read.last; ++c) {
      const int ib = c / simd::lanes;
      const ChannelRange obs = blocks_of(outputs_of_channels(g, channels_in_block(g, ib)));
      std::ptrdiff_t turned = ib * block_stride + (o / simd::lanes - obs.first) * turned_square +
                              o % simd::lanes * simd::lanes + c % simd::lanes;
      for (int tap = 0; tap < taps; ++tap, turned += obs.size() * turned_square) f(turned, plain++);
    }
  }
}

}  // namespace detail

/// Turns plain weights round; zeros wherever no weight belongs.
///
/// Shapes     plain: O x C/g x kh x kw    turned: turned_size(g) floats
inline void pack_turned(const ConvGeometry& g, const float* plain, float* turned) {
  std::fill_n(turned, turned_size(g), 0.0F);
  detail::for_each_turned_weight(
      g, [=](std::ptrdiff_t to, std::ptrdiff_t from) { turned[to] = plain[from]; });
}

/// The inverse of `pack_turned`.
inline void unpack_turned(const ConvGeometry& g, const float* turned, float* plain) {
  detail::for_each_turned_weight(
      g, [=](std::ptrdiff_t from, std::ptrdiff_t to) { plain[to] = turned[from]; });
}

}  // namespace convexpr::kernels
