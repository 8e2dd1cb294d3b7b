// Convolution forward by Winograd's filtering: for 3x3 weights, 36 products instead of 144.
//
// Tiles of the image are evaluated at the points (kernels/winograd.hpp). At each point, what is left
// is a product of matrices, tiles x input channels with input x output channels, which is a 1x1
// convolution of a row of tiles: conv2d_direct.hpp computes it. Tiles are taken a run at a time, so
// that their values at the points stay in the second-level cache while the weights of one block of
// output channels after the other pass by.
#pragma once

#include <algorithm>
#include <convexpr/kernels/conv2d_direct.hpp>
#include <convexpr/kernels/conv2d_turned_weights.hpp>
#include <convexpr/kernels/winograd.hpp>
#include <cstddef>
#include <utility>

namespace convexpr::kernels {

/// Floats from the weights of one block of output channels to those of the next: for each point, for
/// each input channel, a vector.
constexpr std::ptrdiff_t winograd_block_stride(Winograd w, int in_channels) {
  return std::ptrdiff_t{w.products()} * in_channels * simd::lanes;
}

/// Floats of the weights at the points.
constexpr std::size_t winograd_weights_size(Winograd w, int in_channels, int out_channels) {
  return static_cast<std::size_t>(winograd_block_stride(w, in_channels) *
                                  blocks(out_channels, simd::lanes));
}

namespace detail {

/// `weight(b, c)` says where tap (0, 0) of block `b` and input channel `c` lies, a vector, and how far
/// it is to the next tap.
template <Winograd W, class Weight>
void weights_at_points(int in_channels, ChannelRange out_blocks, float* at_points, Weight weight) {
  const std::ptrdiff_t point = std::ptrdiff_t{in_channels} * simd::lanes;
  const std::ptrdiff_t stride = winograd_block_stride(W, in_channels);
  for (int b = out_blocks.first; b < out_blocks.last; ++b) {
    for (int c = 0; c < in_channels; ++c) {
      const std::pair<const float*, std::ptrdiff_t> tile = weight(b, c);
      const float* const from = tile.first;
      const std::ptrdiff_t tap = tile.second;
      float* const to = at_points + b * stride + std::ptrdiff_t{c} * simd::lanes;
      winograd_weight_tile<W>(
          [=](auto u, auto v)
              __attribute__((always_inline)) { return simd::load(from + (u * W.taps + v) * tap); },
          [=](auto k, simd::Vector at)
              __attribute__((always_inline)) { simd::store(to + k * point, at); });
    }
  }
}

}  // namespace detail

/// The weights of a convolution at the points: those of some blocks of output channels.
///
/// Shapes     packed: packed_size(g) floats
///            at_points: winograd_weights_size(W, in_channels, out_channels) floats
template <Winograd W>
void transform_weights(const ConvGeometry& g, const float* packed, float* at_points,
                       ChannelRange out_blocks) {
  const std::ptrdiff_t stride = packed_block_stride(g);
  detail::weights_at_points<W>(
      g.in_channels, out_blocks, at_points, [&g, packed, stride](int b, int c) {
        const ChannelRange beside = channels_beside(g, {0, g.in_channels}, c);
        return std::pair<const float*, std::ptrdiff_t>(
            packed + b * stride + packed_offset(g, b, c, 0, 0),
            std::ptrdiff_t{beside.size()} * simd::lanes);
      });
}

/// All of them.
template <Winograd W>
void transform_weights(const ConvGeometry& g, const float* packed, float* at_points) {
  transform_weights<W>(g, packed, at_points, {0, blocks(g.out_channels, simd::lanes)});
}

/// Those of the convolution that is the adjoint of its input, some blocks of what that gives: from
/// output channels to input channels, the taps in reverse.
///
/// Shapes     packed: packed_size(g) floats    turned: scratch, turned_size(g) floats
///            at_points: winograd_weights_size(W, out_channels, in_channels) floats
template <Winograd W>
void transform_turned_weights(const ConvGeometry& g, const float* packed, float* at_points,
                              float* turned, ChannelRange in_blocks) {
  detail::turn_weights(g, packed, turned, in_blocks);
  const std::ptrdiff_t stride = turned_block_stride(g);
  const std::ptrdiff_t tap = blocks(g.out_channels, simd::lanes) * detail::turned_square;
  detail::weights_at_points<W>(
      g.out_channels, in_blocks, at_points, [turned, stride, tap](int b, int o) {
        const float* const first = turned + b * stride + std::ptrdiff_t{o} * simd::lanes;
        return std::pair<const float*, std::ptrdiff_t>(first + (W.taps * W.taps - 1) * tap, -tap);
      });
}

/// All of them.
template <Winograd W>
void transform_turned_weights(const ConvGeometry& g, const float* packed, float* at_points,
                              float* turned) {
  transform_turned_weights<W>(g, packed, at_points, turned, detail::all_in_blocks(g));
}

/// How the tiles of a batch, or some of them, are taken: `size` at a time; the last run overlaps the
/// one before.
struct TileRuns {
  int down = 0;  // tiles of an image
  int across = 0;
  int size = 0;
  int count = 0;
  int first = 0;  // tile
  int last = 0;   // behind the last tile

  constexpr int tiles() const { return last - first; }
  /// The tiles that a run has: fewer than its size if there are no more.
  constexpr int taken() const { return std::min(size, tiles()); }
  /// The first tile of a run.
  constexpr int begin(int run) const { return std::min(first + run * size, last - taken()); }
};

namespace detail {

/// Tiles whose values at the points take at most `bytes`, but not too few.
constexpr int tiles_in(int bytes, Winograd w, int in_channels) {
  const int floats = w.products() * blocks(in_channels, simd::lanes) * simd::lanes;
  return std::max(8, bytes / static_cast<int>(sizeof(float)) / floats);
}

}  // namespace detail

/// The most tiles of a run: their values at the points fit the second-level cache, beside what passes
/// by.
constexpr int most_tiles(Winograd w, int in_channels) {
  return detail::tiles_in(704 * 1024, w, in_channels);
}

/// Runs of the tiles `first` up to `last`, of `least` to `most` tiles and as even as may be. Where there
/// are fewer than `least`, the last is computed more than once.
constexpr TileRuns some_tile_runs(TileRuns all, int least, int most, int first, int last) {
  all.first = first;
  all.last = last;
  all.count = (all.tiles() + most - 1) / most;
  all.size = std::max(least, (all.tiles() + all.count - 1) / all.count);
  return all;
}

/// Runs of all tiles. One image that needs several is cut finer: the values of large images fill the
/// arena, and scratch comes on top.
constexpr TileRuns tile_runs(Winograd w, int in_channels, int out_height, int out_width,
                             int examples) {
  TileRuns runs;
  runs.down = (out_height + w.outputs - 1) / w.outputs;
  runs.across = (out_width + w.outputs - 1) / w.outputs;
  const int all = runs.down * runs.across * examples;
  int most = most_tiles(w, in_channels);
  if (examples == 1 && all > most) most = detail::tiles_in(512 * 1024, w, in_channels);
  return some_tile_runs(runs, 1, most, 0, all);
}

/// The register tile of the products: a row of tiles of an image.
constexpr ConvTile winograd_tile(Winograd w, int in_channels, int out_channels, int out_height,
                                 int out_width) {
  const TileRuns runs = tile_runs(w, in_channels, out_height, out_width, 1);
  return choose_conv_tile(1, runs.size, blocks(out_channels, simd::lanes), simd::registers);
}

namespace detail {

// Planes of the points lie a line further apart than they need, lest they meet in the cache.
constexpr std::ptrdiff_t winograd_input_plane(int in_channels, int tiles) {
  return std::ptrdiff_t{blocks(in_channels, simd::lanes)} * tiles * simd::lanes + 16;
}
constexpr std::ptrdiff_t winograd_output_plane(int out_blocks, int tiles) {
  return std::ptrdiff_t{out_blocks} * tiles * simd::lanes + 16;
}

/// Where a tile stands: its first pixel, and how many of its rows and columns another tile has.
struct TilePlace {
  int example, row, column;
  int known_rows, known_columns;

  TilePlace(const TileRuns& runs, int outputs, int height, int width, int tile) {
    const int of_image = tile % (runs.down * runs.across);
    example = tile / (runs.down * runs.across);
    const int i = of_image / runs.across * outputs;
    const int j = of_image % runs.across * outputs;
    row = std::min(i, height - outputs);
    column = std::min(j, width - outputs);
    known_rows = i - row;
    known_columns = j - column;
  }
};

/// The values at the points of a run of tiles.
template <Winograd W>
void transform_tiles(const ConstMaps& x, Extent2 padding, const TileRuns& runs, int height,
                     int width, int run, float* at_points) {
  const int count = runs.size;
  const std::ptrdiff_t plane = winograd_input_plane(x.channels, count);
  const int in_blocks = blocks(x.channels, simd::lanes);
  for (int t = 0; t < count; ++t) {
    const TilePlace place(runs, W.outputs, height, width,
                          runs.begin(run) + std::min(t, runs.taken() - 1));
    const float* from = x.data + place.example * x.example_stride +
                        (place.row - padding.h) * x.row_stride +
                        std::ptrdiff_t{place.column - padding.w} * simd::lanes;
    float* to = at_points + std::ptrdiff_t{t} * simd::lanes;
    for (int b = 0; b < in_blocks; ++b) {
      winograd_input_tile<W.points()>(
          [=](auto r, auto c) __attribute__((always_inline)) {
            return simd::load(from + r * x.row_stride + c * simd::lanes);
          },
          [=](auto k, simd::Vector v)
              __attribute__((always_inline)) { simd::store(to + k * plane, v); });
      from += x.block_stride;
      to += std::ptrdiff_t{count} * simd::lanes;
    }
  }
}

/// The outputs of some tiles and one block of channels from the products at all points.
template <Winograd W, class F, class Operands>
void finish_tiles(const float* products, std::ptrdiff_t plane, const float* bias, const Maps& y,
                  const TileRuns& runs, int first, int count, const Operands& operands) {
  const simd::Vector shift = bias == nullptr ? simd::zero() : simd::load(bias);
  for (int t = 0; t < count; ++t) {
    const TilePlace place(runs, W.outputs, y.height, y.width, first + t);
    const float* from = products + std::ptrdiff_t{t} * simd::lanes;
    float* to = y.data + place.example * y.example_stride + place.row * y.row_stride +
                std::ptrdiff_t{place.column} * simd::lanes;
    const Operands there =
        operands.at_example(place.example).at_row(place.row).at_column(place.column);
    winograd_output_tile<W>(
        [=](auto k) __attribute__((always_inline)) { return simd::load(from + k * plane); },
        [&](auto r, auto c, simd::Vector v) __attribute__((always_inline)) {
          if (r < place.known_rows || c < place.known_columns) return;
          v = v + shift;
          if constexpr (in_registers<F>) v = applied<F>(there, v, 0, r, c);
          simd::store(to + r * y.row_stride + c * simd::lanes, v);
        });
    if constexpr (!in_registers<F>) {
      for (int r = place.known_rows; r < W.outputs; ++r) {
        for (int c = place.known_columns; c < W.outputs; ++c) {
          float* const pixel = to + r * y.row_stride + c * simd::lanes;
          simd::store(pixel, applied<F>(there, simd::load(pixel), 0, r, c));
        }
      }
    }
  }
}

}  // namespace detail

/// Floats of scratch that conv2d_winograd needs, for one example or any number.
constexpr std::size_t winograd_scratch(Winograd w, int in_channels, ConvTile tile, int out_height,
                                       int out_width, bool one_example) {
  const int size = one_example ? tile_runs(w, in_channels, out_height, out_width, 1).size
                               : most_tiles(w, in_channels);
  return static_cast<std::size_t>(w.products() *
                                  (detail::winograd_input_plane(in_channels, size) +
                                   detail::winograd_output_plane(tile.blocks, size)));
}

namespace detail {

/// The products of a run of tiles, and what becomes of them, for groups of blocks of output channels
/// `groups.start` and the following, from the values of the tiles at the points.
template <Winograd W, ConvTile Tile, class F, class Operands>
void winograd_outputs(int in_channels, const float* at_points, const float* bias, const Maps& y,
                      const TileRuns& runs, int run, Piece groups, const float* inputs,
                      float* products, const Operands& operands) {
  static_assert(Tile.rows == 1);
  constexpr ConvTile fewer{1, Tile.cols, std::max(Tile.blocks - 1, 1)};
  const std::ptrdiff_t x_plane = winograd_input_plane(in_channels, runs.size);
  const std::ptrdiff_t y_plane = winograd_output_plane(Tile.blocks, runs.size);
  const std::ptrdiff_t w_block = winograd_block_stride(W, in_channels);
  const std::ptrdiff_t w_plane = std::ptrdiff_t{in_channels} * simd::lanes;
  const std::ptrdiff_t run_floats = std::ptrdiff_t{runs.size} * simd::lanes;
  const ConvSteps steps{.kernel = 1,
                        .x_block = run_floats,
                        .x_pixel_row = 0,
                        .x_tap_row = 0,
                        .x_tap_col = 0,
                        .w_block = w_block,
                        .y_block = run_floats,
                        .y_row = 0};
  const Cut cut(blocks(y.channels, simd::lanes), Tile.blocks);
  for (int i = groups.start; i < groups.start + groups.size; ++i) {
    const Piece group = cut[i];
    const auto row =
        group.size == Tile.blocks
            ? &conv2d_tile_row<simd::lanes, 1, Tile, expr::Identity, simd::Vector, NoOperands>
            : &conv2d_tile_row<simd::lanes, 1, fewer, expr::Identity, simd::Vector, NoOperands>;
    for (int k = 0; k < W.products(); ++k) {
      row(inputs + k * x_plane, at_points + group.start * w_block + k * w_plane, nullptr,
          products + k * y_plane, runs.size, {0, in_channels}, steps, NoOperands{});
    }
    for (int b = 0; b < group.size; ++b) {
      const int ob = group.start + b;
      Maps block = y;
      block.data += ob * y.block_stride;
      finish_tiles<W, F>(products + b * run_floats, y_plane,
                         bias == nullptr ? nullptr : bias + ob * simd::lanes, block, runs,
                         runs.begin(run), runs.taken(), operands.at_block(ob));
    }
  }
}

}  // namespace detail

/// Writes zeros in the lanes past the last channel, where F of zeros is none: what conv2d_winograd
/// ends with.
template <class F>
void winograd_tail(const Maps& y) {
  if constexpr (!F::zero_at_zero) {
    const int last = blocks(y.channels, simd::lanes) - 1;
    for (int n = 0; n < y.examples; ++n) {
      detail::clear_tail_lanes(y.data + n * y.example_stride + last * y.block_stride, y);
    }
  }
}

/// The groups into which conv2d_winograd takes the blocks of output channels.
constexpr Cut winograd_groups(const Maps& y, ConvTile tile) {
  return {blocks(y.channels, simd::lanes), tile.blocks};
}

/// 2-D cross-correlation as conv2d_direct, by fewer multiplications: some tiles of some groups of
/// blocks of output channels, and nothing else of y.
///
/// Requires   runs: from some_tile_runs, of at least Tile.cols each    groups: of winograd_groups
template <Winograd W, ConvTile Tile, class F, class Operands>
void conv2d_winograd_part(const ConstMaps& x, const float* at_points, const float* bias,
                          const Maps& y, Extent2 padding, const TileRuns& runs, Piece groups,
                          float* scratch, const Operands& operands) {
  float* const inputs = scratch;
  float* const products =
      scratch + W.products() * detail::winograd_input_plane(x.channels, runs.size);
  for (int run = 0; run < runs.count; ++run) {
    detail::transform_tiles<W>(x, padding, runs, y.height, y.width, run, inputs);
    detail::winograd_outputs<W, Tile, F>(x.channels, at_points, bias, y, runs, run, groups, inputs,
                                         products, operands);
  }
}

/// 2-D cross-correlation as conv2d_direct, by fewer multiplications.
///
/// Shapes     x, y, bias, operands: as conv2d_direct, blocked
///            at_points: the weights, from transform_weights
///            padding: above and left of the image; x has zeros around it as far as tiles reach
/// Parameters Tile from winograd_tile, of one row; F: a function or an Epilogue
/// Cost       products/outputs^2 of the multiplications of conv2d_direct, and the transforms
/// Accuracy   F(4, 3): about 20 times the rounding of conv2d_direct
/// Requires   blocks of y at least Tile.blocks - 1, tiles of an example at least Tile.cols
///            one group, stride 1, dilation 1, W.taps x W.taps weights; y at least W.outputs high and
///            wide; scratch: winograd_scratch floats, aligned
/// Ensures    only the image of y is written, its lanes past the last channel with zeros
template <Winograd W, ConvTile Tile, class F, class Operands = NoOperands>
void conv2d_winograd(const ConstMaps& x, const float* at_points, const float* bias, const Maps& y,
                     Extent2 padding, float* scratch, const Operands& operands = {}) {
  const TileRuns runs = tile_runs(W, x.channels, y.height, y.width, x.examples);
  conv2d_winograd_part<W, Tile, F>(x, at_points, bias, y, padding, runs,
                                   {0, winograd_groups(y, Tile).count()}, scratch, operands);
  winograd_tail<F>(y);
}

}  // namespace convexpr::kernels
