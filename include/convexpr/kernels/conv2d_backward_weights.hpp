// The adjoint of a convolution's weights: each weight sums, over all pixels and examples, the
// product of what it read and the gradient of what it wrote.
//
// A tile keeps the sums of a few packed weights in registers while it runs over a chunk of pixels
// that fits the cache, and adds them to memory at the end of the chunk; the first chunk stores them, as
// memory holds nothing before. The terms of a tile are neighbours in packed order and lie anywhere in the
// image, so that few channels with many taps make tiles as full as many channels with one tap do. Most
// geometries have runs of terms that read numbers one behind the other, and one address for a run.
#pragma once

#include <algorithm>
#include <convexpr/kernels/backward_bias.hpp>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/prefetch.hpp>
#include <convexpr/simd/step.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// How the inputs lie that the weights of a block of output channels read, in packed order.
struct WeightRuns {
  int length = 1;  // of a run: so many inputs lie one behind the other
  int count = 0;   // of runs, where they are few, else 0

  friend constexpr bool operator==(const WeightRuns&, const WeightRuns&) = default;
};

/// Those of a convolution: a row of taps of a planar input, and channels of a blocked one.
constexpr WeightRuns weight_runs(const ConvGeometry& g) {
  constexpr int longest = simd::registers == 32 ? 8 : 6;  // of which two blocks fit the registers
  const Extent2 k = g.window.kernel;
  if (g.groups > 1) return {};
  if (g.interleave == 1) {
    const bool together = g.window.dilation.w == 1 && k.w <= longest;
    return together ? WeightRuns{k.w, g.in_channels * k.h} : WeightRuns{};
  }
  if (g.in_channels <= std::min(longest, g.interleave)) return {g.in_channels, k.h * k.w};
  constexpr int among = simd::registers == 32 ? 8 : 2;
  if (g.in_channels % among == 0 && g.interleave % among == 0) return {among, 0};
  return {};
}

namespace detail {

/// Runs of a tile: as many as the registers hold beside one address each, and as even as may be.
constexpr int runs_of_tile(WeightRuns runs, int blocks) {
  const int sums = (simd::registers - 1 - blocks) / blocks;
  const int most = std::clamp(sums / runs.length, 1, 8);
  if (runs.count == 0) return most;
  const int tiles = (runs.count + most - 1) / most;
  return (runs.count + tiles - 1) / tiles;
}

/// Output pixels that a tile visits: a rectangle of each example.
struct PixelChunk {
  int first_example, last_example;
  int first_row, last_row;
  int first_column, last_column;
  bool adds;  // to what other chunks have stored

  bool is_empty() const { return first_row >= last_row || first_column >= last_column; }
  /// The least chunk with the pixels of both.
  void join(const PixelChunk& other) {
    first_row = std::min(first_row, other.first_row);
    last_row = std::max(last_row, other.last_row);
    first_column = std::min(first_column, other.first_column);
    last_column = std::max(last_column, other.last_column);
  }
};

/// Walks over the weights of a block of output channels in packed order and tells where, from the
/// window's first pixel without padding, the input lies that each of them reads.
class InputCursor {
 public:
  InputCursor(const ConvGeometry& g, const ConstMaps& x, ChannelRange range)
      : g_(g), x_(x), range_(range), beside_(channels_beside(g, range, range.first)) {
    channel_ = beside_.first;
  }

  std::ptrdiff_t offset() const {
    const Window& w = g_.window;
    return channel_ / g_.interleave * x_.block_stride + channel_ % g_.interleave +
           (u_ * w.dilation.h - w.padding.top) * x_.row_stride +
           std::ptrdiff_t{v_ * w.dilation.w - w.padding.left} * g_.interleave;
  }

  /// The rows and columns of the output for which it lies in the image: beside them are zeros.
  PixelChunk reached(const PixelChunk& whole) const {
    const Window& w = g_.window;
    PixelChunk out = whole;
    narrow(out.first_row, out.last_row, u_ * w.dilation.h - w.padding.top, w.stride.h, x_.height);
    if (g_.interleave == 1) return out;  // where a run is a row of taps
    narrow(out.first_column, out.last_column, v_ * w.dilation.w - w.padding.left, w.stride.w,
           x_.width);
    return out;
  }

  void advance() {
    if (++channel_ < beside_.last) return;
    channel_ = beside_.first;
    if (++v_ < g_.window.kernel.w) return;
    v_ = 0;
    if (++u_ < g_.window.kernel.h) return;
    u_ = 0;
    if (beside_.last == range_.last) return;
    beside_ = channels_beside(g_, range_, beside_.last);
    channel_ = beside_.first;
  }

 private:
  /// Leaves those places i, of `first` to `last` - 1, for which i * stride + offset is one of n.
  static void narrow(int& first, int& last, int offset, int stride, int n) {
    if (offset < 0) first = std::max(first, (stride - 1 - offset) / stride);
    if ((last - 1) * stride + offset >= n) last = std::max(0, n - offset + stride - 1) / stride;
  }

  const ConvGeometry& g_;
  const ConstMaps& x_;
  ChannelRange range_;
  ChannelRange beside_;
  int channel_ = 0;
  int u_ = 0;
  int v_ = 0;
};

/// What the inputs of a tile's runs have in common.
struct RunInputs {
  const float* first;      // of the image's first pixel
  std::ptrdiff_t pixel;    // from one that the window reads to the next
  std::ptrdiff_t row;      // from one row of them to the next
  std::ptrdiff_t example;  // from one example to the next
  std::ptrdiff_t wanted;   // from a pixel to what is wanted next and has not been read, or 0
};

/// Gives Runs x Length x Blocks vectors of weights what the pixels of a chunk have for them. Only the
/// first `count` terms are stored.
template <int Runs, int Length, int Blocks>
[[gnu::noinline]] void weight_tile(const RunInputs& x, const std::ptrdiff_t (&offsets)[Runs],
                                   const ConstMaps& dy, const PixelChunk& chunk, int ob, int count,
                                   float* dw, std::ptrdiff_t dw_block_stride) {
  constexpr int terms = Runs * Length;
  if (chunk.adds) {
    CONVEXPR_UNROLL
    for (int k = 0; k < terms * Blocks; ++k) {
      simd::prefetch_later(dw, k % Blocks * dw_block_stride + k / Blocks * simd::lanes);
    }
  }
  simd::Vector sums[terms * Blocks];
  CONVEXPR_UNROLL
  for (int k = 0; k < terms * Blocks; ++k) sums[k] = simd::zero();
  // One loop over all pixels: of several, one in the other, Clang puts the sums on the stack.
  const int rows = chunk.last_row - chunk.first_row;
  const int columns = chunk.last_column - chunk.first_column;
  const float* const first = x.first + chunk.first_example * x.example + chunk.first_row * x.row +
                             chunk.first_column * x.pixel;
  const float* in[Runs];
  CONVEXPR_UNROLL
  for (int r = 0; r < Runs; ++r) in[r] = first + offsets[r];
  const float* out = dy.data + chunk.first_example * dy.example_stride + ob * dy.block_stride +
                     chunk.first_row * dy.row_stride +
                     std::ptrdiff_t{chunk.first_column} * simd::lanes;
  const std::ptrdiff_t in_row = x.row - columns * x.pixel;
  const std::ptrdiff_t in_example = x.example - rows * x.row;
  const std::ptrdiff_t out_row = dy.row_stride - std::ptrdiff_t{columns} * simd::lanes;
  const std::ptrdiff_t out_example = dy.example_stride - rows * dy.row_stride;
  int left_of_row = columns;
  int left_of_example = rows;
#pragma GCC unroll 1
  for (int left = (chunk.last_example - chunk.first_example) * rows * columns; left > 0; --left) {
    simd::Vector d[Blocks];
    CONVEXPR_UNROLL
    for (int b = 0; b < Blocks; ++b) d[b] = simd::load(out + b * dy.block_stride);
    CONVEXPR_UNROLL
    for (int t = 0; t < terms; ++t) {
      const simd::Vector v = simd::broadcast(in[t / Length][t % Length]);
      CONVEXPR_UNROLL
      for (int b = 0; b < Blocks; ++b) {
        sums[t * Blocks + b] = simd::fma(v, d[b], sums[t * Blocks + b]);
      }
    }
    simd::prefetch_later(in[0], x.wanted);
    std::ptrdiff_t further = x.pixel;
    out += simd::lanes;
    if (--left_of_row == 0) {
      left_of_row = columns;
      further += in_row;
      out += out_row;
      if (--left_of_example == 0) {
        left_of_example = rows;
        further += in_example;
        out += out_example;
      }
    }
    CONVEXPR_UNROLL
    for (int r = 0; r < Runs; ++r) simd::step(in[r], further);
  }
  CONVEXPR_UNROLL
  for (int k = 0; k < terms * Blocks; ++k) {
    if (k / Blocks >= count) continue;
    float* to = dw + k % Blocks * dw_block_stride + k / Blocks * simd::lanes;
    simd::store(to, chunk.adds ? simd::load(to) + sums[k] : sums[k]);
  }
}

/// All weights of `Blocks` blocks of output channels from block `ob` on, which read the same range.
template <WeightRuns R, int Blocks>
void add_weight_gradients(const ConvGeometry& g, const ConstMaps& x, const ConstMaps& dy,
                          const PixelChunk& chunk, int ob, float* dw,
                          std::ptrdiff_t dw_block_stride) {
  constexpr int runs = runs_of_tile(R, Blocks);
  constexpr int terms = runs * R.length;
  const ChannelRange range = channels_of_block(g, ob);
  const bool pointwise = g.window.kernel == Extent2(1);
  const RunInputs inputs{.first = x.data,
                         .pixel = std::ptrdiff_t{g.window.stride.w} * g.interleave,
                         .row = g.window.stride.h * x.row_stride,
                         .example = x.example_stride,
                         .wanted = pointwise ? x.block_stride : 0};
  InputCursor cursor(g, x, range);
  int left = range.size() * g.window.kernel.h * g.window.kernel.w;
  for (; left > 0; left -= terms, dw += terms * simd::lanes) {
    std::ptrdiff_t offsets[runs];
    PixelChunk reached = cursor.reached(chunk);
    for (int r = 0; r < runs; ++r) {  // past the last run, that one again
      offsets[r] = cursor.offset();
      reached.join(cursor.reached(chunk));
      if ((r + 1) * R.length >= left) continue;
      for (int t = 0; t < R.length; ++t) cursor.advance();
    }
    if (reached.is_empty()) {
      if (chunk.adds) continue;
      reached.last_row = reached.first_row;
    }
    weight_tile<runs, R.length, Blocks>(inputs, offsets, dy, reached, ob, std::min(terms, left), dw,
                                        dw_block_stride);
  }
}

/// How many parts an axis is cut into, and where one begins: all are as large as the others, or one less.
struct EvenCut {
  int extent;
  int count;

  static EvenCut of(int extent, int most) { return {extent, (extent + most - 1) / most}; }
  int begin(int i) const { return i * extent / count; }
};

/// Adds the pixels of a chunk to the gradients of all biases.
inline void add_bias_gradients(const ConstMaps& dy, const PixelChunk& chunk, float* dbias) {
  for (int ob = 0; ob < blocks(dy.channels, simd::lanes); ++ob) {
    for (int n = chunk.first_example; n < chunk.last_example; ++n) {
      add_to_bias_gradient(
          dy.data + n * dy.example_stride + ob * dy.block_stride + chunk.first_row * dy.row_stride,
          dy.row_stride, {chunk.last_row - chunk.first_row, dy.width},
          dbias + std::ptrdiff_t{ob} * simd::lanes);
    }
  }
}

/// Writes zeros where a lane's group does not own the channel.
inline void clear_foreign_weights(const ConvGeometry& g, float* dpacked) {
  const std::ptrdiff_t block_stride = packed_block_stride(g);
  const int taps = g.window.kernel.h * g.window.kernel.w;
  for (int o = 0; o < g.out_channels; ++o) {
    const int ob = o / simd::lanes;
    const ChannelRange range = channels_of_block(g, ob);
    const ChannelRange owned = channels_of_output(g, o);
    for (int c = range.first; c < range.last; ++c) {
      if (owned.first <= c && c < owned.last) continue;
      const int step = channels_beside(g, range, c).size() * simd::lanes;
      float* to = dpacked + ob * block_stride + packed_offset(g, ob, c, 0, 0) + o % simd::lanes;
      for (int tap = 0; tap < taps; ++tap) to[tap * step] = 0.0F;
    }
  }
}

}  // namespace detail

/// The adjoints of a convolution's weights and of its bias, summed over the examples.
///
///     dw[o,c,u,v] = sum over n,i,j of dy[n,o,i,j] * x[n,c, i*s + u*d - p, j*s + v*d - p]
///     db[o]       = sum over n,i,j of dy[n,o,i,j]
///
/// Shapes     x: C x H x W with a border of zeros at least as wide as the padding, blocked or
///            planar as g.interleave says    dy: O x H' x W', blocked
///            dw: packed for g    db: O, padded to whole vectors, or nullptr
/// Parameters R: weight_runs of g, or of a convolution of which this is some blocks
/// Cost       O*(C/g)*kh*kw*H'*W' multiply-accumulates per example, O rounded up to whole vectors
/// Accuracy   error up to m * 2^-24 * sum |dy x| for m terms, much less for many chunks; the
///            order of the sums is always the same
/// Requires   lanes of dy past O zero; block_stride: packed_block_stride(g), or that of a convolution
///            of one group of which this is some blocks of input or output channels
/// Ensures    dw and db are overwritten; where no weight lies they hold zeros
template <WeightRuns R>
void conv2d_backward_weights(const ConstMaps& x, const ConstMaps& dy, float* dpacked, float* dbias,
                             const ConvGeometry& g, std::ptrdiff_t block_stride) {
  using namespace detail;
  constexpr int chunk_pixels = 256;  // of x and two blocks of dy: about a level-one cache
  const int out_blocks = blocks(g.out_channels, simd::lanes);
  const bool grouped = g.groups > 1;  // where a tile's sums are not all weights
  for (int ob = 0; grouped && ob < out_blocks; ++ob) {
    std::fill_n(dpacked + ob * block_stride, packed_block_stride(g), 0.0F);
  }
  if (dbias != nullptr) std::fill_n(dbias, out_blocks * simd::lanes, 0.0F);
  const EvenCut examples =
      EvenCut::of(dy.examples, std::max(1, chunk_pixels / (dy.height * dy.width)));
  const EvenCut rows = EvenCut::of(dy.height, std::max(1, chunk_pixels / dy.width));
  for (int k = 0; k < examples.count * rows.count; ++k) {
    const int n = k / rows.count;
    const int r = k % rows.count;
    const PixelChunk chunk{.first_example = examples.begin(n),
                           .last_example = examples.begin(n + 1),
                           .first_row = rows.begin(r),
                           .last_row = rows.begin(r + 1),
                           .first_column = 0,
                           .last_column = dy.width,
                           .adds = grouped || k > 0};
    constexpr int most = simd::registers == 32 ? 3 : 2;
    for (int ob = 0; ob < out_blocks;) {
      // Of four blocks three and one: a tile of two is not full.
      const int beside = grouped ? 1 : std::min(most, out_blocks - ob);
      const auto give = beside == 1   ? &add_weight_gradients<R, 1>
                        : beside == 2 ? &add_weight_gradients<R, 2>
                                      : &add_weight_gradients<R, most>;
      give(g, x, dy, chunk, ob, dpacked + ob * block_stride, block_stride);
      ob += beside;
    }
    if (dbias != nullptr) add_bias_gradients(dy, chunk, dbias);
  }
  if (g.groups > 1) clear_foreign_weights(g, dpacked);
}

template <WeightRuns R>
void conv2d_backward_weights(const ConstMaps& x, const ConstMaps& dy, float* dpacked, float* dbias,
                             const ConvGeometry& g) {
  conv2d_backward_weights<R>(x, dy, dpacked, dbias, g, packed_block_stride(g));
}

}  // namespace convexpr::kernels
