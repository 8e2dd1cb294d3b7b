// Strided convolutions of planar images by Winograd's filtering.
//
// A convolution at every s-th pixel is one at every pixel of s*s times as many channels: those hold
// every s-th row and column of the image, beginning with one of the first s, and as many of the
// weights. 7x7 weights at every second pixel of 3 channels become 4x4 weights on 12, which
// F(3x3, 4x4) computes with a third of the multiplications. What lies in the channels of the image is
// known as space to depth. It is made for a band of rows at a time, which stays in the cache.
#pragma once

#include <algorithm>
#include <convexpr/kernels/conv2d_winograd.hpp>
#include <cstddef>
#include <cstring>

namespace convexpr::kernels {

namespace detail {

/// The columns of a row of an image, `Stride` at a time in lanes beside each other.
///
/// Parameters column: of the image, that y begins with
template <int Stride>
void columns_to_depth(const float* row, int row_width, int column, float* y, int width) {
  const auto at_the_side = [&](int j) {
    for (int v = 0; v < Stride; ++v) {
      const int at = column + j * Stride + v;
      y[std::ptrdiff_t{j} * simd::lanes + v] = at >= 0 && at < row_width ? row[at] : 0.0F;
    }
  };
  int j = 0;
  for (; j < width && column + j * Stride < 0; ++j) at_the_side(j);
  for (; j < width && column + (j + 1) * Stride <= row_width; ++j) {
    std::memcpy(y + std::ptrdiff_t{j} * simd::lanes, row + column + std::ptrdiff_t{j} * Stride,
                Stride * sizeof(float));
  }
  for (; j < width; ++j) at_the_side(j);
}

}  // namespace detail

/// Rows of an image with every s-th row and column of a planar one in channels of their own: channel
/// (c*s + u)*s + v holds rows u, u + s, ... and columns v, v + s, ... of channel c, zeros around it
/// included as far as the window's padding.
///
/// Shapes     x: one example at `image`, C x H x W, interleave 1
///            y: channels of space_to_depth_channels, rows from `first` on, blocked; spare lanes of
///            the last block are left alone
/// Requires   a stride of 2 or 4, which divides the lanes
inline void space_to_depth(const ConstMaps& x, const float* image, const Window& window, int first,
                           const Maps& y) {
  const int stride = window.stride.h;
  const auto run = stride == 2 ? &detail::columns_to_depth<2> : &detail::columns_to_depth<4>;
  for (int i = 0; i < y.height; ++i) {
    for (int k = 0; k < x.channels * stride; ++k) {
      const int row = (first + i) * stride + k % stride - window.padding.top;
      const bool inside = row >= 0 && row < x.height;
      const int channel = k * stride;
      run(image + k / stride * x.block_stride + (inside ? row * x.row_stride : 0),
          inside ? x.width : 0, -window.padding.left,
          y.data + i * y.row_stride + channel / simd::lanes * y.block_stride +
              channel % simd::lanes,
          y.width);
    }
  }
}

/// The weights of a strided convolution at the points: those of some blocks of output channels.
///
/// Shapes     packed: packed_size(g) floats
///            at_points: winograd_weights_size(W, space_to_depth_channels, out_channels) floats
template <Winograd W>
void transform_strided_weights(const ConvGeometry& g, const float* packed, float* at_points,
                               ChannelRange out_blocks) {
  const Extent2 kernel = g.window.kernel;
  const int stride = g.window.stride.h;
  const int channels = window::space_to_depth_channels(g.window, g.in_channels);
  const std::ptrdiff_t plane = std::ptrdiff_t{channels} * simd::lanes;
  for (int b = out_blocks.first; b < out_blocks.last; ++b) {
    const float* const of_block = packed + b * packed_block_stride(g);
    float* to = at_points + b * winograd_block_stride(W, channels);
    for (int channel = 0; channel < channels; ++channel, to += simd::lanes) {
      const int c = channel / (stride * stride);
      alignas(simd::alignment) float weights[W.taps * W.taps * simd::lanes];
      for (int tap = 0; tap < W.taps * W.taps; ++tap) {
        const int u = tap / W.taps * stride + channel / stride % stride;
        const int v = tap % W.taps * stride + channel % stride;
        simd::store(weights + tap * simd::lanes,
                    u < kernel.h && v < kernel.w
                        ? simd::load(of_block + packed_offset(g, b, c, u, v))
                        : simd::zero());
      }
      detail::winograd_weight_tile<W>(weights, std::ptrdiff_t{W.taps} * simd::lanes, simd::lanes,
                                      to, plane);
    }
  }
}

/// Rows of tiles of a band: a few tiles of registers.
constexpr int strided_band_rows(Winograd w, int out_height, int out_width) {
  constexpr int fewest = 64;
  const TileRuns all = detail::all_tiles(w, out_height, out_width, 1);
  return std::min(all.down, (fewest + all.across - 1) / all.across);
}

/// Rows of outputs of a band.
constexpr int strided_band_height(Winograd w, int out_height, int out_width) {
  return std::min(out_height, strided_band_rows(w, out_height, out_width) * w.outputs);
}

namespace detail {

constexpr std::ptrdiff_t space_to_depth_floats(Winograd w, int channels, int height, int width) {
  return std::ptrdiff_t{blocks(channels, simd::lanes)} * (height + w.taps - 1) *
         (width + w.taps - 1) * simd::lanes;
}

}  // namespace detail

/// Floats of scratch that conv2d_winograd_strided_part needs.
///
/// Parameters channels: of space_to_depth_channels
constexpr std::size_t winograd_strided_scratch(Winograd w, int channels, ConvTile tile,
                                               int out_height, int out_width) {
  const int height = strided_band_height(w, out_height, out_width);
  return static_cast<std::size_t>(detail::space_to_depth_floats(w, channels, height, out_width)) +
         winograd_scratch(w, channels, tile, height, out_width, 1);
}

/// 2-D cross-correlation of planar images as conv2d_winograd_part, at every s-th pixel.
///
/// Shapes     x: C x H x W, interleave 1; no zeros around it are read
///            at_points: from transform_strided_weights    tiles: of a batch, or some of them
/// Parameters Tile from winograd_tile for strided_band_height rows of outputs
/// Requires   one group, dilation 1, stride 2 or 4 and the same extent along both axes; W.taps of
///            space_to_depth_taps; y at least W.outputs high and wide; scratch:
///            winograd_strided_scratch floats, aligned
template <Winograd W, ConvTile Tile, class F, class Operands>
void conv2d_winograd_strided_part(const ConstMaps& x, const float* at_points, const float* bias,
                                  const Maps& y, const Window& window, const TileRuns& tiles,
                                  Piece groups, float* scratch, const Operands& operands) {
  constexpr TilePool pool = detail::pool_of<F>;
  const Extent2 out{y.height * pool.rows, y.width * pool.cols};
  const int band_rows = strided_band_rows(W, out.h, out.w);
  const int band_height = strided_band_height(W, out.h, out.w);
  Maps parts{};
  parts.data = scratch;
  parts.examples = 1;
  parts.channels = window::space_to_depth_channels(window, x.channels);
  parts.width = out.w + W.taps - 1;
  parts.row_stride = std::ptrdiff_t{parts.width} * simd::lanes;
  parts.block_stride = (band_height + W.taps - 1) * parts.row_stride;
  float* const own = scratch + detail::space_to_depth_floats(W, parts.channels, band_height, out.w);
  const int most = tile_runs(W, Tile, parts.channels, band_height, out.w, 1).size;
  for (int first = tiles.first; first < tiles.last;) {
    const int example = first / (tiles.down * tiles.across);
    const int row = first / tiles.across % tiles.down;
    const int behind = std::min(row + band_rows, tiles.down);
    const int last = std::min(tiles.last, (example * tiles.down + behind) * tiles.across);
    const int top = std::min(row * W.outputs, out.h - W.outputs);
    const int last_row = (last - 1) / tiles.across % tiles.down;
    parts.height = std::min((last_row + 1) * W.outputs, out.h) - top + W.taps - 1;
    space_to_depth(x, x.data + example * x.example_stride, window, top, parts);
    conv2d_winograd_part<W, Tile, F>(parts, at_points, bias, y, {top, 0},
                                     some_tile_runs(tiles, Tile.cols, most, first, last), groups,
                                     own, operands);
    first = last;
  }
}

}  // namespace convexpr::kernels
