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
#include <convexpr/kernels/winograd_outputs.hpp>
#include <convexpr/kernels/winograd_tiles.hpp>
#include <cstddef>

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

/// The weights of a convolution at the points: those of some blocks of output channels.
///
/// Shapes     packed: packed_size(g) floats
///            at_points: winograd_weights_size(W, in_channels, out_channels) floats
template <Winograd W>
void transform_weights(const ConvGeometry& g, const float* packed, float* at_points,
                       ChannelRange out_blocks) {
  const std::ptrdiff_t plane = std::ptrdiff_t{g.in_channels} * simd::lanes;
  const std::ptrdiff_t packed_stride = packed_block_stride(g);
  const std::ptrdiff_t stride = winograd_block_stride(W, g.in_channels);
  for (int b = out_blocks.first; b < out_blocks.last; ++b) {
    for (int c = 0; c < g.in_channels; ++c) {
      const ChannelRange beside = channels_beside(g, {0, g.in_channels}, c);
      const std::ptrdiff_t tap = std::ptrdiff_t{beside.size()} * simd::lanes;
      detail::winograd_weight_tile<W>(
          packed + b * packed_stride + packed_offset(g, b, c, 0, 0), W.taps * tap, tap,
          at_points + b * stride + std::ptrdiff_t{c} * simd::lanes, plane);
    }
  }
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
  const std::ptrdiff_t plane = std::ptrdiff_t{g.out_channels} * simd::lanes;
  const std::ptrdiff_t turned_stride = turned_block_stride(g);
  const std::ptrdiff_t stride = winograd_block_stride(W, g.out_channels);
  const std::ptrdiff_t tap = blocks(g.out_channels, simd::lanes) * detail::turned_square;
  for (int b = in_blocks.first; b < in_blocks.last; ++b) {
    for (int o = 0; o < g.out_channels; ++o) {
      const float* const last = turned + b * turned_stride + std::ptrdiff_t{o} * simd::lanes +
                                (W.taps * W.taps - 1) * tap;
      detail::winograd_weight_tile<W>(last, -W.taps * tap, -tap,
                                      at_points + b * stride + std::ptrdiff_t{o} * simd::lanes,
                                      plane);
    }
  }
}

/// All of them.
template <Winograd W>
void transform_turned_weights(const ConvGeometry& g, const float* packed, float* at_points,
                              float* turned) {
  transform_turned_weights<W>(g, packed, at_points, turned, detail::all_in_blocks(g));
}

namespace detail {

/// Bytes of the values of so many tiles at the points.
constexpr int bytes_at_points(Winograd w, int channels, int tiles) {
  return w.products() * blocks(channels, simd::lanes) * simd::lanes * tiles *
         static_cast<int>(sizeof(float));
}

/// How a filtering goes through tiles and output channels.
///
/// A run is as many tiles as have values at the points that stay in the second-level cache, while the
/// weights of one group of blocks of output channels after the other pass by. Of 512 channels these
/// are too few to use a weight often: then runs are longer, the values of one point stay, and several
/// groups are computed from them before the next point.
struct FilteringOrder {
  int tiles;   // the most of a run
  int groups;  // whose products at all points are held together
};

constexpr FilteringOrder filtering_order(Winograd w, ConvTile tile, int in_channels) {
  constexpr int fewest = 24;
  constexpr int usual_bytes = 704 * 1024;
  constexpr int most_bytes = 1280 * 1024;
  constexpr int product_bytes = 1024 * 1024;
  const int of_tile = bytes_at_points(w, in_channels, 1);
  const int least = (fewest + tile.cols - 1) / tile.cols * tile.cols;
  if (least * of_tile <= most_bytes) {
    return {std::max(least, usual_bytes / of_tile / tile.cols * tile.cols), 1};
  }
  const int of_group = bytes_at_points(w, tile.blocks * simd::lanes, 2 * least);
  return {2 * least, std::max(1, product_bytes / of_group)};
}

/// The tiles of a batch, in no runs yet.
constexpr TileRuns all_tiles(Winograd w, int out_height, int out_width, int examples) {
  TileRuns all;
  all.down = (out_height + w.outputs - 1) / w.outputs;
  all.across = (out_width + w.outputs - 1) / w.outputs;
  all.last = all.down * all.across * examples;
  return all;
}

}  // namespace detail

/// Runs of the tiles `first` up to `last`, of at most `most` tiles and as even as may be. Where there
/// are several, register tiles of `cols` divide all but the last.
///
/// Requires   cols <= most
constexpr TileRuns some_tile_runs(TileRuns all, int cols, int most, int first, int last) {
  all.first = first;
  all.last = last;
  const int least = std::min(std::max(all.tiles(), cols), most / cols * cols);
  all.count = (all.tiles() + least - 1) / least;
  const int even = all.count > 1 ? (all.tiles() + all.count - 1) / all.count : least;
  all.size = all.count > 1 ? (even + cols - 1) / cols * cols : even;
  return all;
}

/// Runs of all tiles.
///
/// Parameters tile: of registers
constexpr TileRuns tile_runs(Winograd w, ConvTile tile, int in_channels, int out_height,
                             int out_width, int examples) {
  const TileRuns all = detail::all_tiles(w, out_height, out_width, examples);
  int most = detail::filtering_order(w, tile, in_channels).tiles;
  // One run reads the weights once: for it the values may take more of the cache.
  constexpr int most_bytes = 1024 * 1024;
  if (detail::bytes_at_points(w, in_channels, 1) <= most_bytes / all.tiles()) {
    most = std::max(most, (all.tiles() + tile.cols - 1) / tile.cols * tile.cols);
  }
  return some_tile_runs(all, tile.cols, most, 0, all.tiles());
}

/// The register tile of the products for so many examples: as many tiles as the registers hold, and
/// several blocks of channels where there are few tiles.
constexpr ConvTile winograd_tile(Winograd w, int out_channels, int out_height, int out_width,
                                 int examples) {
  const int all = detail::all_tiles(w, out_height, out_width, examples).tiles();
  const int out_blocks = blocks(out_channels, simd::lanes);
  ConvTile best{1, 1, 1};
  long least = 0;
  for (int together = 1; together <= out_blocks && together <= 8; ++together) {
    int most = std::min(all, 28);  // tiles whose sums the registers hold
    while (!detail::tile_fits(most, together, simd::registers) && most > 1) --most;
    if (!detail::tile_fits(most, together, simd::registers)) break;
    const int across = (all + most - 1) / most;
    const ConvTile t{1, (all + across - 1) / across, together, {}, true};
    const long cost = detail::pass_cost(t.cols, t.blocks, simd::registers) * across *
                      ((out_blocks + together - 1) / together);
    if (least == 0 || cost < least) {
      least = cost;
      best = t;
    }
  }
  return best;
}

namespace detail {

// Likewise of the products.
constexpr std::ptrdiff_t winograd_output_plane(int out_blocks, int tiles) {
  return std::ptrdiff_t{out_blocks} * tiles * simd::lanes + 16;
}

/// The products of a row of tiles at one point, for several blocks of output channels or one less.
using ProductRow = void (*)(const float* x, const float* w, const float* bias, float* y, int width,
                            ChannelRange channels, const ConvSteps& s, const NoOperands& operands);
struct ProductRows {
  int tiles;  // the least that a row may have
  int blocks;
  ProductRow all;
  ProductRow fewer;
};

template <ConvTile Tile>
constexpr ProductRows rows_of_tile() {
  static_assert(Tile.rows == 1);
  constexpr int less = Tile.rests.blocks ? std::max(Tile.blocks - 1, 1) : Tile.blocks;
  constexpr ConvTile all = Tile.alone();
  constexpr ConvTile fewer = all.with(1, less);
  return {
      Tile.cols,
      Tile.blocks,
      &conv2d_tile_row<simd::lanes, 1, all, expr::Identity, simd::Vector, NoOperands>,
      &conv2d_tile_row<simd::lanes, 1, fewer, expr::Identity, simd::Vector, NoOperands>,
  };
}

/// conv2d_winograd_part, whatever the tile of its products; `together`: of FilteringOrder.
template <Winograd W, class F, class Operands>
void winograd(const ProductRows& rows, int together, const ConstMaps& x, const float* at_points,
              const float* bias, const Maps& y, Extent2 padding, const TileRuns& runs, Piece part,
              float* scratch, const Operands& operands) {
  constexpr TilePool pool = pool_of<F>;
  const Extent2 out{y.height * pool.rows, y.width * pool.cols};
  const std::ptrdiff_t w_block = winograd_block_stride(W, x.channels);
  const std::ptrdiff_t w_plane = std::ptrdiff_t{x.channels} * simd::lanes;
  float* const inputs = scratch;
  float* const products = scratch + W.products() * winograd_input_plane(x.channels, runs.size);
  const Cut groups(blocks(y.channels, simd::lanes), rows.blocks);
  for (int run = 0; run < runs.count; ++run) {
    const int first = runs.begin(run);
    const int taken = runs.taken(run);
    const int width = std::max(taken, rows.tiles);
    const std::ptrdiff_t x_plane = winograd_input_plane(x.channels, width);
    const std::ptrdiff_t y_plane = winograd_output_plane(together * rows.blocks, width);
    const std::ptrdiff_t block = std::ptrdiff_t{width} * simd::lanes;
    const ConvSteps steps{.kernel = 1,
                          .x_block = block,
                          .x_pixel_row = 0,
                          .x_tap_row = 0,
                          .x_tap_col = 0,
                          .w_block = w_block,
                          .w_next = together > 1 ? rows.blocks * w_block : w_plane,
                          .y_block = block,
                          .y_row = 0};
    transform_tiles<W.points()>(x, padding, runs, W.outputs, out, first, taken, width, inputs);
    for (int i = part.start; i < part.start + part.size; i += together) {
      const int end = std::min(i + together, part.start + part.size);
      const int first_block = groups[i].start;
      for (int k = 0; k < W.products(); ++k) {
        for (int j = i; j < end; ++j) {
          const Piece group = groups[j];
          const ProductRow row = group.size == rows.blocks ? rows.all : rows.fewer;
          row(inputs + k * x_plane, at_points + group.start * w_block + k * w_plane, nullptr,
              products + k * y_plane + (group.start - first_block) * block, width, {0, x.channels},
              steps, NoOperands{});
        }
      }
      for (int ob = first_block; ob < groups[end - 1].start + groups[end - 1].size; ++ob) {
        Maps of_block = y;
        of_block.data += ob * y.block_stride;
        finish_tiles<W, F>(products + (ob - first_block) * block, y_plane,
                           bias == nullptr ? nullptr : bias + std::ptrdiff_t{ob} * simd::lanes,
                           of_block, runs, first, taken, operands.at_block(ob));
      }
    }
  }
}

}  // namespace detail

/// Floats of scratch that conv2d_winograd needs for so many examples.
constexpr std::size_t winograd_scratch(Winograd w, int in_channels, ConvTile tile, int out_height,
                                       int out_width, int examples) {
  const int size = tile_runs(w, tile, in_channels, out_height, out_width, examples).size;
  const int together = detail::filtering_order(w, tile, in_channels).groups;
  return static_cast<std::size_t>(w.products() *
                                  (detail::winograd_input_plane(in_channels, size) +
                                   detail::winograd_output_plane(together * tile.blocks, size)));
}

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

/// 2-D cross-correlation as conv2d_winograd: some tiles of some groups of blocks of output channels,
/// and nothing else of y.
///
/// Requires   runs: from some_tile_runs for Tile.cols    groups: of winograd_groups
template <Winograd W, ConvTile Tile, class F, class Operands>
void conv2d_winograd_part(const ConstMaps& x, const float* at_points, const float* bias,
                          const Maps& y, Extent2 padding, const TileRuns& runs, Piece groups,
                          float* scratch, const Operands& operands) {
  const int together = detail::filtering_order(W, Tile, x.channels).groups;
  detail::winograd<W, F>(detail::rows_of_tile<Tile>(), together, x, at_points, bias, y, padding,
                         runs, groups, scratch, operands);
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
/// Requires   blocks of y at least Tile.blocks - 1
///            one group, stride 1, dilation 1, W.taps x W.taps weights; y at least W.outputs high and
///            wide; scratch: winograd_scratch floats, aligned
/// Ensures    only the image of y is written, its lanes past the last channel with zeros
template <Winograd W, ConvTile Tile, class F, class Operands = NoOperands>
void conv2d_winograd(const ConstMaps& x, const float* at_points, const float* bias, const Maps& y,
                     Extent2 padding, float* scratch, const Operands& operands = {}) {
  constexpr TilePool pool = detail::pool_of<F>;
  const TileRuns runs =
      tile_runs(W, Tile, x.channels, y.height * pool.rows, y.width * pool.cols, x.examples);
  conv2d_winograd_part<W, Tile, F>(x, at_points, bias, y, padding, runs,
                                   {0, winograd_groups(y, Tile).count()}, scratch, operands);
  winograd_tail<F>(y);
}

}  // namespace convexpr::kernels
