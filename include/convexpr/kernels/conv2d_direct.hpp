// Convolution forward, straight from the definition: sums of a tile of outputs stay in registers
// while all weights of a block of output channels pass by.
//
// One multiply-add takes one weight of `simd::lanes` output channels and one input pixel, which the
// instruction spreads over the lanes itself where there are 32 registers. A last block of few
// channels is computed with vectors of half the width, where they are faster. Next:
// kernels/conv2d_tile.hpp (how the image is cut) and kernels/conv2d_weights.hpp (how the weights
// lie).
#pragma once

#include <algorithm>
#include <convexpr/kernels/conv2d_ahead.hpp>
#include <convexpr/kernels/conv2d_tile.hpp>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/prefetch.hpp>
#include <convexpr/simd/step.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// A function, then a pool of what it gives: `y` of a convolution is then the pool's output.
template <class F, TilePool Pool>
struct PooledFunction : F {};

/// A function of pixels that are stored `Step` pixels apart in a row; the rows of `y` tell how far those
/// are. What lies between is not touched.
template <class F, int Step>
struct SpreadFunction : F {};

namespace detail {

/// How a function is followed by a pool.
template <class F>
inline constexpr TilePool pool_of = {};
template <class F, TilePool Pool>
inline constexpr TilePool pool_of<PooledFunction<F, Pool>> = Pool;

/// How far apart pixels are stored.
template <class F>
inline constexpr int pixel_step_of = 1;
template <class F, int Step>
inline constexpr int pixel_step_of<SpreadFunction<F, Step>> = Step;

/// What all tiles of one convolution share: how far it is from anything to the next, in floats.
struct ConvSteps {
  Extent2 kernel;
  std::ptrdiff_t x_block;
  std::ptrdiff_t x_pixel_row;  // from the input of one output row to that of the next
  std::ptrdiff_t x_tap_row;
  std::ptrdiff_t x_tap_col;
  std::ptrdiff_t w_block;
  std::ptrdiff_t w_next;  // from weights to those that are read when they have met all pixels
  std::ptrdiff_t y_block;
  std::ptrdiff_t y_row;
};

/// The end of a tile: the function of its sums, pooled where that is asked for.
template <ConvTile Tile, class Activation, class V, class Operands>
CONVEXPR_INLINE void store_tile(V* sums, float* y, const ConvSteps& s, const Operands& operands) {
  constexpr int lanes = simd::lanes;
  constexpr int pixels = Tile.rows * Tile.cols;
  constexpr TilePool pool = pool_of<Activation>;
  static_assert(pool == TilePool{} || in_registers<Activation>);
  if constexpr (pool != TilePool{}) {
    const auto value = [&](int i) __attribute__((always_inline)) {
      const int p = i % pixels;
      return applied<Activation>(operands, simd::widen(sums[i]), i / pixels, p / Tile.cols,
                                 p % Tile.cols);
    };
    constexpr int cols = Tile.cols / pool.cols;
    constexpr int windows = Tile.rows / pool.rows * cols;
    CONVEXPR_UNROLL
    for (int i = 0; i < Tile.blocks * windows; ++i) {
      const int b = i / windows;
      const int row = i % windows / cols;
      const int col = i % cols;
      const int first = b * pixels + row * pool.rows * Tile.cols + col * pool.cols;
      simd::Vector best = value(first);
      CONVEXPR_UNROLL
      for (int k = 1; k < pool.rows * pool.cols; ++k) {
        const simd::Vector other = value(first + k / pool.cols * Tile.cols + k % pool.cols);
        best = pool.maximum ? simd::max(best, other) : best + other;
      }
      if constexpr (!pool.maximum) {
        best = best * simd::broadcast(1.0F / static_cast<float>(pool.rows * pool.cols));
      }
      simd::store(y + b * s.y_block + row * s.y_row + std::ptrdiff_t{col} * lanes, best);
    }
    return;
  }
  const auto place = [&](int b, int p) {
    constexpr int step = pixel_step_of<Activation> * lanes;
    return y + b * s.y_block + p / Tile.cols * s.y_row + p % Tile.cols * step;
  };
  CONVEXPR_UNROLL
  for (int i = 0; i < Tile.blocks * pixels; ++i) {
    const int p = i % pixels;
    simd::Vector v = simd::widen(sums[i]);
    if constexpr (in_registers<Activation>) {
      v = applied<Activation>(operands, v, i / pixels, p / Tile.cols, p % Tile.cols);
    }
    simd::store(place(i / pixels, p), v);
  }
  if constexpr (!in_registers<Activation>) {
    for (int b = 0; b < Tile.blocks; ++b) {
      for (int p = 0; p < pixels; ++p) {
        float* const to = place(b, p);
        simd::store(to,
                    applied<Activation>(operands, simd::load(to), b, p / Tile.cols, p % Tile.cols));
      }
    }
  }
}

/// The products of one weight of each block with the pixels of a tile.
///
/// Parameters Step: floats from one pixel of a row to the next
template <ConvTile Tile, int Step, class V>
CONVEXPR_INLINE void add_products(V* sums, const float* const* row, const float* w,
                                  std::ptrdiff_t w_block) {
  constexpr int pixels = Tile.rows * Tile.cols;
  V weights[Tile.blocks];
  CONVEXPR_UNROLL
  for (int b = 0; b < Tile.blocks; ++b) weights[b] = simd::load_as<V>(w + b * w_block);
  CONVEXPR_UNROLL
  for (int p = 0; p < pixels; ++p) {
    const V pixel = simd::broadcast_as<V>(row[p / Tile.cols][p % Tile.cols * Step]);
    CONVEXPR_UNROLL
    for (int b = 0; b < Tile.blocks; ++b) {
      sums[b * pixels + p] = simd::fma(pixel, weights[b], sums[b * pixels + p]);
    }
  }
}

/// One tile: x points at channel 0 of the first tap of its first pixel, y at that pixel. Of each
/// block of output channels, V computes as many as it has lanes; y gets zeros for the others.
template <int Interleave, int StrideW, ConvTile Tile, class Activation, class V, class Operands>
[[gnu::noinline]] void conv2d_tile(const float* x, const float* w, const float* bias, float* y,
                                   ChannelRange channels, const ConvSteps& s,
                                   const Operands& operands) {
  constexpr int lanes = simd::lanes;
  constexpr int pixels = Tile.rows * Tile.cols;
  constexpr int step = StrideW * Interleave;
  simd::prefetch_next_page<Tile.blocks>(
      y, Tile.rows == 1 ? std::ptrdiff_t{Tile.cols} * lanes : Tile.rows * s.y_row, s.y_block);
  V sums[Tile.blocks * pixels];
  CONVEXPR_UNROLL
  for (int i = 0; i < Tile.blocks * pixels; ++i) {
    sums[i] =
        bias != nullptr ? simd::load_as<V>(bias + i / pixels * lanes) : simd::broadcast_as<V>(0.0F);
  }

  OperandsAhead<Tile, Operands> operands_ahead(operands, blocks(channels.size(), Interleave));
  std::ptrdiff_t skipped = channels.first % Interleave;
  x += channels.first / Interleave * s.x_block + skipped;
  for (std::ptrdiff_t left = channels.size(); left > 0;) {
    const std::ptrdiff_t beside = std::min(Interleave - skipped, left);
    operands_ahead.prefetch();
    if constexpr (Tile.pointwise) {
      simd::prefetch_next_page<Tile.blocks>(w, beside * lanes, s.w_block);
      NextBlock<Tile, step> next(x, s.x_block, s.x_pixel_row);
      const float* row[Tile.rows];
      CONVEXPR_UNROLL
      for (int r = 0; r < Tile.rows; ++r) row[r] = x + r * s.x_pixel_row;
      for (std::ptrdiff_t i = beside; i > 0; --i, simd::step(w, lanes)) {
        add_products<Tile, step>(sums, row, w, s.w_block);
        next.prefetch();
        prefetch_next_weights<Tile>(w, s.w_block, s.w_next);
        CONVEXPR_UNROLL
        for (int r = 0; r < Tile.rows; ++r) simd::step(row[r]);
      }
    } else {
      const float* x_row = x;
      for (int u = s.kernel.h; u > 0; --u, x_row += s.x_tap_row) {
        simd::prefetch_next_page<Tile.blocks>(w, s.kernel.w * beside * lanes, s.w_block);
        const float* row[Tile.rows];
        CONVEXPR_UNROLL
        for (int r = 0; r < Tile.rows; ++r) row[r] = x_row + r * s.x_pixel_row;
        for (int v = s.kernel.w; v > 0; --v) {
          for (std::ptrdiff_t i = beside; i > 0; --i, simd::step(w, lanes)) {
            add_products<Tile, step>(sums, row, w, s.w_block);
            prefetch_next_weights<Tile>(w, s.w_block, s.w_next);
            CONVEXPR_UNROLL
            for (int r = 0; r < Tile.rows; ++r) simd::step(row[r]);
          }
          CONVEXPR_UNROLL
          for (int r = 0; r < Tile.rows; ++r) simd::step(row[r], s.x_tap_col - beside);
        }
      }
    }
    x += s.x_block - skipped;
    skipped = 0;
    left -= beside;
  }

  store_tile<Tile, Activation>(sums, y, s, operands);
}

/// A row of tiles, side by side; the last overlaps the one before where the width asks for it.
template <int Interleave, int StrideW, ConvTile Tile, class Activation, class V, class Operands>
void conv2d_tile_row(const float* x, const float* w, const float* bias, float* y, int width,
                     ChannelRange channels, const ConvSteps& s, const Operands& operands) {
  for (int j = 0; j < width; j += Tile.cols) {
    const int start = std::min(j, width - Tile.cols);
    conv2d_tile<Interleave, StrideW, Tile, Activation, V>(
        x + std::ptrdiff_t{start} * StrideW * Interleave, w, bias,
        y + std::ptrdiff_t{start / pool_of<Activation>.cols} * pixel_step_of<Activation> *
                simd::lanes,
        channels, s, operands.at_column(start));
  }
}

/// Rows of tiles, one below the other.
template <int Interleave, int StrideW, ConvTile Tile, class Activation, class V, class Operands>
void conv2d_band(const float* x, const float* w, const float* bias, float* y, int width,
                 const Cut& cut, Piece band, ChannelRange channels, const ConvSteps& s,
                 const Operands& operands) {
  // Tiles that pool divide the height.
  constexpr bool even = !Tile.rests.rows || pool_of<Activation>.rows > 1;
  constexpr ConvTile full = Tile.alone();
  constexpr ConvTile lower = full.with(even ? Tile.rows : std::max(Tile.rows - 1, 1), Tile.blocks);
  for (int i = band.start; i < band.start + band.size; ++i) {
    const Piece rows = cut[i];
    const auto run = rows.size == Tile.rows
                         ? &conv2d_tile_row<Interleave, StrideW, full, Activation, V, Operands>
                         : &conv2d_tile_row<Interleave, StrideW, lower, Activation, V, Operands>;
    run(x + rows.start * s.x_pixel_row, w, bias,
        y + rows.start / pool_of<Activation>.rows * s.y_row, width, channels, s,
        operands.at_row(rows.start));
  }
}

/// One band of all output channels, as many blocks at a time as share a tile.
template <int Interleave, int StrideW, ConvTile Tile, class Activation, bool HalfLastBlock,
          class Operands>
void conv2d_blocks(const float* x, const float* packed, const float* bias, float* y, int width,
                   const Cut& cut, Piece band, const ConvGeometry& g, const ConvSteps& s,
                   const Operands& operands) {
  constexpr TileRests rests = Tile.rests;
  constexpr int less = rests.blocks ? std::max(Tile.blocks - 1, 1) : Tile.blocks;
  constexpr ConvTile fewer = Tile.with(Tile.rows, less);
  constexpr ConvTile single = Tile.with(Tile.rows, rests.singles ? 1 : less);
  using V = simd::Vector;
  const auto compute = [&](auto run, int ob) {
    run(x, packed + ob * s.w_block,
        bias == nullptr ? nullptr : bias + std::ptrdiff_t{ob} * simd::lanes, y + ob * s.y_block,
        width, cut, band, channels_of_block(g, ob), s, operands.at_block(ob));
  };
  // Some of the blocks of a convolution may end with a whole one.
  const bool half = HalfLastBlock && (g.out_channels - 1) % simd::lanes < simd::lanes / 2;
  const int whole = blocks(g.out_channels, simd::lanes) - (half ? 1 : 0);
  const Cut groups(whole, Tile.blocks);
  for (int i = 0; i < groups.count(); ++i) {
    const int last = groups[i].start + groups[i].size - 1;
    for (int ob = groups[i].start; ob <= last;) {
      const bool together = channels_of_block(g, ob) == channels_of_block(g, last);
      const int size = together ? last + 1 - ob : 1;
      compute(size == Tile.blocks ? &conv2d_band<Interleave, StrideW, Tile, Activation, V, Operands>
              : size == fewer.blocks
                  ? &conv2d_band<Interleave, StrideW, fewer, Activation, V, Operands>
                  : &conv2d_band<Interleave, StrideW, single, Activation, V, Operands>,
              ob);
      ob += size;
    }
  }
  if constexpr (HalfLastBlock) {
    if (!half) return;
    compute(&conv2d_band<Interleave, StrideW, single, Activation, simd::HalfVector, Operands>,
            whole);
  }
}

/// Rows of tiles whose input, all channels of it, stays in the second-level cache while one block
/// of output channels after the other reads it.
inline int rows_of_tiles_in_cache(const ConstMaps& x, const ConvGeometry& g, int tile_rows) {
  constexpr std::ptrdiff_t budget = 512 * 1024 / sizeof(float);
  const std::ptrdiff_t row = x.row_stride * blocks(g.in_channels, g.interleave);
  return static_cast<int>(
      std::max<std::ptrdiff_t>(1, budget / (row * tile_rows * g.window.stride.h)));
}

}  // namespace detail

/// Whether vectors of half the width hold the last block of output channels, and are cheaper.
///
/// A tile of several blocks is for images of few pixels, where the latency of the sums counts and
/// not their width; it computes the last block along with the others.
constexpr bool half_last_block(int out_channels, ConvTile tile) {
  return simd::has_half_vector && tile.blocks == 1 &&
         (out_channels - 1) % simd::lanes < simd::lanes / 2;
}

/// 2-D cross-correlation of every example, plus one bias per output channel, then an elementwise
/// function.
///
///     y[o,i,j] = f(b[o] + sum over c,u,v of w[o,c,u,v] * x[c, i*s + u*d - p, j*s + v*d - p])
///
/// Shapes     x: C x H x W, interleaved by `Interleave`, with zeros around it as far as the padding
///            packed: packed_size(g) floats (kernels/conv2d_weights.hpp)
///            bias: O floats and zeros up to whole lanes, or nullptr    y: O x H' x W', blocked
/// Parameters StrideW = g.window.stride.w; Tile from choose_conv_tile for blocks_beside(g) blocks,
///            though any tile is right that has all rests, and is
///            pointwise only for 1x1 weights; Activation: a function of expr/function.hpp, or an
///            Epilogue with what it reads; HalfLastBlock from half_last_block, of this convolution
///            or of one that this is some blocks of
/// Cost       O*(C/g)*kh*kw*H'*W' multiply-accumulates, with O rounded up to whole lanes (with
///            HalfLastBlock, to half) and, for g > 1, all channels counted that a block reads
/// Accuracy   n * epsilon * (|b| + sum |w| |x|) before f, with n = C/g*kh*kw + 1 additions; where x
///            is infinite, other groups of the same block of output channels become undefined too
/// Requires   buffers aligned to simd::alignment; y apart from x
/// Ensures    only the image of y is written, its lanes past the last channel with zeros
template <int Interleave, int StrideW, ConvTile Tile, class Activation, bool HalfLastBlock = false,
          class Operands = NoOperands>
void conv2d_direct(const ConstMaps& x, const float* packed, const float* bias, const Maps& y,
                   const ConvGeometry& g, const Operands& operands = {}) {
  const Window& k = g.window;
  const int out_blocks = blocks(g.out_channels, simd::lanes);
  constexpr TilePool pool = detail::pool_of<Activation>;
  constexpr ConvTile smallest{pool.rows, pool.cols, 1, Tile.rests, Tile.pointwise};
  const int height = y.height * pool.rows;
  const int width = y.width * pool.cols;
  if constexpr (Tile.rests.pixels && Tile != smallest) {
    const int least_rows = pool == TilePool{} ? Tile.rows - 1 : Tile.rows;
    if (width < Tile.cols || height < least_rows || !holds_windows(Tile, pool, height) ||
        out_blocks - (HalfLastBlock ? 1 : 0) < Tile.blocks - 1) {
      conv2d_direct<Interleave, StrideW, smallest, Activation, false, Operands>(x, packed, bias, y,
                                                                                g, operands);
      return;
    }
  }
  const detail::ConvSteps steps{.kernel = k.kernel,
                                .x_block = x.block_stride,
                                .x_pixel_row = k.stride.h * x.row_stride,
                                .x_tap_row = k.dilation.h * x.row_stride,
                                .x_tap_col = std::ptrdiff_t{k.dilation.w} * Interleave,
                                .w_block = packed_block_stride(g),
                                .w_next = Tile.blocks * packed_block_stride(g),
                                .y_block = y.block_stride,
                                .y_row = y.row_stride};
  const Cut cut(height, Tile.rows);
  const int band = detail::rows_of_tiles_in_cache(x, g, Tile.rows);

  for (int n = 0; n < x.examples; ++n) {
    const float* x_n = x.data + n * x.example_stride - k.padding.top * x.row_stride -
                       std::ptrdiff_t{k.padding.left} * Interleave;
    float* y_n = y.data + n * y.example_stride;
    for (int first = 0; first < cut.count(); first += band) {
      const Piece rows{first, std::min(band, cut.count() - first)};
      detail::conv2d_blocks<Interleave, StrideW, Tile, Activation, HalfLastBlock>(
          x_n, packed, bias, y_n, width, cut, rows, g, steps, operands.at_example(n));
    }
    if constexpr (!Activation::zero_at_zero) {
      detail::clear_tail_lanes(y_n + (out_blocks - 1) * y.block_stride, y);
    }
  }
}

}  // namespace convexpr::kernels
