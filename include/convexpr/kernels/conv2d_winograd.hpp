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
#include <convexpr/kernels/winograd_tiles.hpp>
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
void weights_at_points(int in_channels, int out_channels, float* at_points, Weight weight) {
  const std::ptrdiff_t point = std::ptrdiff_t{in_channels} * simd::lanes;
  const std::ptrdiff_t stride = winograd_block_stride(W, in_channels);
  for (int b = 0; b < blocks(out_channels, simd::lanes); ++b) {
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

/// The weights of a convolution at the points.
///
/// Shapes     packed: packed_size(g) floats
///            at_points: winograd_weights_size(W, in_channels, out_channels) floats
template <Winograd W>
void transform_weights(const ConvGeometry& g, const float* packed, float* at_points) {
  const std::ptrdiff_t stride = packed_block_stride(g);
  detail::weights_at_points<W>(
      g.in_channels, g.out_channels, at_points, [&g, packed, stride](int b, int c) {
        const ChannelRange beside = channels_beside(g, {0, g.in_channels}, c);
        return std::pair<const float*, std::ptrdiff_t>(
            packed + b * stride + packed_offset(g, b, c, 0, 0),
            std::ptrdiff_t{beside.size()} * simd::lanes);
      });
}

/// Those of the convolution that is the adjoint of its input: from output channels to input channels,
/// the taps in reverse.
///
/// Shapes     packed: packed_size(g) floats    turned: scratch, turned_size(g) floats
///            at_points: winograd_weights_size(W, out_channels, in_channels) floats
template <Winograd W>
void transform_turned_weights(const ConvGeometry& g, const float* packed, float* at_points,
                              float* turned) {
  detail::turn_weights(g, packed, turned);
  const std::ptrdiff_t stride = turned_block_stride(g);
  const std::ptrdiff_t tap = blocks(g.out_channels, simd::lanes) * detail::turned_square;
  detail::weights_at_points<W>(
      g.out_channels, g.in_channels, at_points, [turned, stride, tap](int b, int o) {
        const float* const first = turned + b * stride + std::ptrdiff_t{o} * simd::lanes;
        return std::pair<const float*, std::ptrdiff_t>(first + (W.taps * W.taps - 1) * tap, -tap);
      });
}

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

/// Runs of tiles, as even as may be. One image that needs several is cut finer: the values of large
/// images fill the arena, and scratch comes on top.
constexpr TileRuns tile_runs(Winograd w, int in_channels, int out_height, int out_width,
                             int examples) {
  TileRuns runs;
  runs.down = (out_height + w.outputs - 1) / w.outputs;
  runs.across = (out_width + w.outputs - 1) / w.outputs;
  const int all = runs.down * runs.across * examples;
  int most = most_tiles(w, in_channels);
  if (examples == 1 && all > most) most = detail::tiles_in(512 * 1024, w, in_channels);
  runs.count = (all + most - 1) / most;
  runs.size = (all + runs.count - 1) / runs.count;
  return runs;
}

/// The register tile of the products: a row of tiles of an image.
constexpr ConvTile winograd_tile(Winograd w, int in_channels, int out_channels, int out_height,
                                 int out_width) {
  const TileRuns runs = tile_runs(w, in_channels, out_height, out_width, 1);
  return choose_conv_tile(1, runs.size, blocks(out_channels, simd::lanes), simd::registers);
}

namespace detail {

// Likewise of the products.
constexpr std::ptrdiff_t winograd_output_plane(int out_blocks, int tiles) {
  return std::ptrdiff_t{out_blocks} * tiles * simd::lanes + 16;
}

/// One tile of outputs, after its function: stored, but for what another tile has.
template <Winograd W>
void store_winograd_tile(const simd::Vector (&tile)[W.outputs * W.outputs], float* y,
                         const Maps& maps, const TilePlace& place) {
  simd::unroll<W.outputs * W.outputs>([&](auto i) __attribute__((always_inline)) {
    constexpr int r = i / W.outputs;
    constexpr int c = i % W.outputs;
    if (r < place.known_rows || c < place.known_columns) return;
    simd::store(y + r * maps.row_stride + c * simd::lanes, tile[i]);
  });
}

/// Pooled: windows do not reach beyond a tile, nor into what another tile has.
template <Winograd W, TilePool Pool>
void store_pooled_tile(const simd::Vector (&tile)[W.outputs * W.outputs], float* y,
                       const Maps& maps, const TilePlace& place) {
  static_assert(W.outputs % Pool.rows == 0 && W.outputs % Pool.cols == 0);
  constexpr int across = W.outputs / Pool.cols;
  simd::unroll<W.outputs / Pool.rows * across>([&](auto i) __attribute__((always_inline)) {
    constexpr int r = i / across * Pool.rows;
    constexpr int c = i % across * Pool.cols;
    if (r < place.known_rows || c < place.known_columns) return;
    simd::Vector best = tile[r * W.outputs + c];
    simd::unroll<Pool.rows * Pool.cols - 1>([&](auto k) __attribute__((always_inline)) {
      constexpr int at = (r + (k + 1) / Pool.cols) * W.outputs + c + (k + 1) % Pool.cols;
      best = Pool.maximum ? simd::max(best, tile[at]) : best + tile[at];
    });
    if constexpr (!Pool.maximum) {
      best = best * simd::broadcast(1.0F / static_cast<float>(Pool.rows * Pool.cols));
    }
    simd::store(y + i / across * maps.row_stride + i % across * simd::lanes, best);
  });
}

/// The outputs of some tiles and one block of channels from the products at all points.
template <Winograd W, class F, class Operands>
void finish_tiles(const float* products, std::ptrdiff_t plane, const float* bias, const Maps& y,
                  const TileRuns& runs, int first, int count, const Operands& operands) {
  constexpr TilePool pool = pool_of<F>;
  static_assert(pool == TilePool{} || in_registers<F>);
  const simd::Vector shift = bias == nullptr ? simd::zero() : simd::load(bias);
  for (int t = 0; t < count; ++t) {
    const TilePlace place(runs, W.outputs, y.height * pool.rows, y.width * pool.cols, first + t);
    const float* from = products + std::ptrdiff_t{t} * simd::lanes;
    float* to = y.data + place.example * y.example_stride + place.row / pool.rows * y.row_stride +
                std::ptrdiff_t{place.column / pool.cols} * simd::lanes;
    const Operands there =
        operands.at_example(place.example).at_row(place.row).at_column(place.column);
    simd::Vector tile[W.outputs * W.outputs];
    winograd_output_tile<W>(
        [=](auto k) __attribute__((always_inline)) { return simd::load(from + k * plane); },
        [&](auto r, auto c, simd::Vector v) __attribute__((always_inline)) {
          v = v + shift;
          if constexpr (in_registers<F>) v = applied<F>(there, v, 0, r, c);
          tile[r * W.outputs + c] = v;
        });
    if constexpr (pool == TilePool{}) {
      store_winograd_tile<W>(tile, to, y, place);
    } else {
      store_pooled_tile<W, pool>(tile, to, y, place);
    }
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

/// Floats of scratch that conv2d_winograd needs for so many examples.
constexpr std::size_t winograd_scratch(Winograd w, int in_channels, ConvTile tile, int out_height,
                                       int out_width, int examples) {
  const int size = tile_runs(w, in_channels, out_height, out_width, examples).size;
  return static_cast<std::size_t>(w.products() *
                                  (detail::winograd_input_plane(in_channels, size) +
                                   detail::winograd_output_plane(tile.blocks, size)));
}

/// 2-D cross-correlation as conv2d_direct, by fewer multiplications.
///
/// Shapes     x, y, bias, operands: as conv2d_direct, blocked
///            at_points: the weights, from transform_weights
///            padding: above and left of the image; x has zeros around it as far as tiles reach
/// Parameters Tile from winograd_tile, of one row; F: a function, an Epilogue, or either with a pool
///            behind it whose windows divide a tile
/// Cost       products/outputs^2 of the multiplications of conv2d_direct, and the transforms
/// Accuracy   F(4, 3): about 20 times the rounding of conv2d_direct
/// Requires   blocks of y at least Tile.blocks - 1, tiles of an example at least Tile.cols
///            one group, stride 1, dilation 1, W.taps x W.taps weights; y at least W.outputs high and
///            wide; scratch: winograd_scratch floats, aligned
/// Ensures    only the image of y is written, its lanes past the last channel with zeros
template <Winograd W, ConvTile Tile, class F, class Operands = NoOperands>
void conv2d_winograd(const ConstMaps& x, const float* at_points, const float* bias, const Maps& y,
                     Extent2 padding, float* scratch, const Operands& operands = {}) {
  static_assert(Tile.rows == 1);
  constexpr ConvTile fewer{1, Tile.cols, std::max(Tile.blocks - 1, 1)};
  constexpr TilePool pool = detail::pool_of<F>;
  const Extent2 out{y.height * pool.rows, y.width * pool.cols};
  const TileRuns runs = tile_runs(W, x.channels, out.h, out.w, x.examples);
  const int all = runs.down * runs.across * x.examples;
  const std::ptrdiff_t x_plane = detail::winograd_input_plane(x.channels, runs.size);
  const std::ptrdiff_t y_plane = detail::winograd_output_plane(Tile.blocks, runs.size);
  const std::ptrdiff_t w_block = winograd_block_stride(W, x.channels);
  const std::ptrdiff_t w_plane = std::ptrdiff_t{x.channels} * simd::lanes;
  float* const inputs = scratch;
  float* const products = scratch + W.products() * x_plane;
  const int out_blocks = blocks(y.channels, simd::lanes);
  const Cut groups(out_blocks, Tile.blocks);
  const std::ptrdiff_t run_floats = std::ptrdiff_t{runs.size} * simd::lanes;
  const detail::ConvSteps steps{.kernel = 1,
                                .x_block = run_floats,
                                .x_pixel_row = 0,
                                .x_tap_row = 0,
                                .x_tap_col = 0,
                                .w_block = w_block,
                                .y_block = run_floats,
                                .y_row = 0};
  for (int run = 0; run < runs.count; ++run) {
    const int first = std::min(run * runs.size, all - runs.size);
    detail::transform_tiles<W.points()>(x, padding, runs, W.outputs, out, first, runs.size, inputs);
    for (int i = 0; i < groups.count(); ++i) {
      const Piece group = groups[i];
      const auto row = group.size == Tile.blocks
                           ? &detail::conv2d_tile_row<simd::lanes, 1, Tile, expr::Identity,
                                                      simd::Vector, NoOperands>
                           : &detail::conv2d_tile_row<simd::lanes, 1, fewer, expr::Identity,
                                                      simd::Vector, NoOperands>;
      for (int k = 0; k < W.products(); ++k) {
        row(inputs + k * x_plane, at_points + group.start * w_block + k * w_plane, nullptr,
            products + k * y_plane, runs.size, {0, x.channels}, steps, NoOperands{});
      }
      for (int b = 0; b < group.size; ++b) {
        const int ob = group.start + b;
        Maps block = y;
        block.data += ob * y.block_stride;
        detail::finish_tiles<W, F>(products + b * run_floats, y_plane,
                                   bias == nullptr ? nullptr : bias + ob * simd::lanes, block, runs,
                                   first, runs.size, operands.at_block(ob));
      }
    }
  }
  if constexpr (!F::zero_at_zero) {
    for (int n = 0; n < y.examples; ++n) {
      detail::clear_tail_lanes(y.data + n * y.example_stride + (out_blocks - 1) * y.block_stride,
                               y);
    }
  }
}

}  // namespace convexpr::kernels
