// The adjoint of a convolution's weights by Winograd's filtering.
//
// The gradient of the weights is a correlation of the input with the gradient of the output, of
// which a tile takes the place of the weights, and the weights that of the outputs: F(3x3, 4x4)
// instead of F(4x4, 3x3). At each point, what is left is a product of matrices, input channels x
// tiles with tiles x output channels, so all tiles of a batch are summed at the points and
// interpolated once.
#pragma once

#include <algorithm>
#include <convexpr/kernels/backward_bias.hpp>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <convexpr/kernels/winograd_tiles.hpp>
#include <convexpr/simd/prefetch.hpp>
#include <cstddef>

namespace convexpr::kernels {

namespace detail {

inline constexpr int weight_terms = simd::registers == 32 ? 8 : 4;  // divides the lanes
inline constexpr int weight_blocks = simd::registers == 32 ? 3 : 2;
static_assert(simd::lanes % weight_terms == 0);

/// Products at one point: `terms` input channels from one vector on, `Blocks` blocks of output
/// channels, summed over all tiles and added to what is there unless these are the first. Meanwhile it asks
/// for the next sums and the next block of input channels.
template <int Blocks>
void weight_product_tile(const float* x, const float* dy, std::ptrdiff_t block, int tiles,
                         bool first, float* sums, std::ptrdiff_t sums_row) {
  constexpr int terms = weight_terms;
  simd::Vector sum[terms * Blocks];
  CONVEXPR_UNROLL
  for (int k = 0; k < terms * Blocks; ++k) {
    sum[k] =
        first ? simd::zero() : simd::load(sums + k / Blocks * sums_row + k % Blocks * simd::lanes);
  }
  CONVEXPR_UNROLL
  for (int k = 0; k < terms * Blocks; ++k) {
    simd::prefetch_later(sums, (terms + k / Blocks) * sums_row + k % Blocks * simd::lanes);
  }
  for (int t = 0; t < tiles; ++t, x += simd::lanes, dy += simd::lanes) {
    simd::prefetch_later(x, block);
    simd::Vector d[Blocks];
    CONVEXPR_UNROLL
    for (int b = 0; b < Blocks; ++b) d[b] = simd::load(dy + b * block);
    CONVEXPR_UNROLL
    for (int i = 0; i < terms; ++i) {
      const simd::Vector v = simd::broadcast(x[i]);
      CONVEXPR_UNROLL
      for (int b = 0; b < Blocks; ++b) {
        sum[i * Blocks + b] = simd::fma(v, d[b], sum[i * Blocks + b]);
      }
    }
  }
  CONVEXPR_UNROLL
  for (int k = 0; k < terms * Blocks; ++k) {
    simd::store(sums + k / Blocks * sums_row + k % Blocks * simd::lanes, sum[k]);
  }
}

/// The same of all input channels, which `in_vectors` hold.
template <int Blocks>
void weight_products(const float* x, int in_vectors, const float* dy, std::ptrdiff_t block,
                     int tiles, bool first, float* sums, std::ptrdiff_t sums_row) {
  for (int c = 0; c < in_vectors * simd::lanes; c += weight_terms) {
    weight_product_tile<Blocks>(x + c / simd::lanes * block + c % simd::lanes, dy, block, tiles,
                                first, sums + c * sums_row, sums_row);
  }
}

/// The gradients of the output of `count` tiles at the points. Pixels that another tile has count
/// there.
template <Winograd W>
void transform_gradients(const ConstMaps& dy, const TileRuns& runs, int first, int count,
                         float* at_points) {
  const std::ptrdiff_t plane = winograd_input_plane(dy.channels, count);
  const auto transform = [&](const float* from, const TilePlace& place, float* to) {
    if (place.known_rows == 0 && place.known_columns == 0) {
      return winograd_weight_tile<W>(from, dy.row_stride, simd::lanes, to, plane);
    }
    alignas(simd::alignment) float own[W.taps * W.taps * simd::lanes] = {};
    for (int r = place.known_rows; r < W.taps; ++r) {
      for (int c = place.known_columns; c < W.taps; ++c) {
        simd::store(own + (r * W.taps + c) * simd::lanes,
                    simd::load(from + r * dy.row_stride + std::ptrdiff_t{c} * simd::lanes));
      }
    }
    winograd_weight_tile<W>(own, std::ptrdiff_t{W.taps} * simd::lanes, simd::lanes, to, plane);
  };
  for_each_tile(dy, runs, W.taps, {dy.height, dy.width}, first, count, count, at_points, transform);
}

/// The tiles of a batch, so many at a time that the values of one point stay in the cache; the last
/// run is shorter.
constexpr TileRuns gradient_runs(Winograd w, const ConstMaps& dy) {
  constexpr int most = 128;
  TileRuns runs;
  runs.down = (dy.height + w.taps - 1) / w.taps;
  runs.across = (dy.width + w.taps - 1) / w.taps;
  const int all = runs.down * runs.across * dy.examples;
  runs.count = (all + most - 1) / most;
  runs.size = (all + runs.count - 1) / runs.count;
  return runs;
}

/// Floats of the sums at one point.
constexpr std::ptrdiff_t gradient_plane(int in_channels, int out_channels) {
  return std::ptrdiff_t{blocks(in_channels, simd::lanes)} * blocks(out_channels, simd::lanes) *
             simd::lanes * simd::lanes +
         16;
}

}  // namespace detail

/// Floats of scratch that conv2d_winograd_backward_weights needs for gradients of that extent.
constexpr std::size_t winograd_weights_scratch(Winograd w, int in_channels, int out_channels,
                                               Extent2 out, int examples) {
  ConstMaps dy;
  dy.height = out.h;
  dy.width = out.w;
  dy.examples = examples;
  const int size = detail::gradient_runs(w, dy).size;
  return static_cast<std::size_t>(w.products() *
                                  (detail::winograd_input_plane(in_channels, size) +
                                   detail::winograd_input_plane(out_channels, size) +
                                   detail::gradient_plane(in_channels, out_channels)));
}

/// The adjoints of a convolution's weights and bias, as conv2d_backward_weights, by fewer
/// multiplications.
///
/// Shapes     x, dy, dpacked, dbias: as conv2d_backward_weights, blocked
/// Parameters W: F(outputs, taps) with as many outputs as the weights have taps along an axis; its
///            taps are the extent of a tile of dy
/// Cost       products/taps^2 multiply-adds for each pixel, input channel and block of output
///            channels, and the transforms
/// Accuracy   about 20 times the rounding of conv2d_backward_weights; the order of sums is always the
///            same
/// Requires   one group, stride 1, dilation 1, square weights; dy at least W.taps high and wide, its
///            lanes past the last channel zero; scratch: winograd_weights_scratch floats, aligned
template <Winograd W>
void conv2d_winograd_backward_weights(const ConstMaps& x, const ConstMaps& dy, float* dpacked,
                                      float* dbias, const ConvGeometry& g, float* scratch) {
  using namespace detail;
  const int in_vectors = blocks(x.channels, simd::lanes);
  const int out_vectors = blocks(dy.channels, simd::lanes);
  TileRuns runs = gradient_runs(W, dy);
  const int all = runs.down * runs.across * dy.examples;
  const std::ptrdiff_t sums_row = std::ptrdiff_t{out_vectors} * simd::lanes;
  const std::ptrdiff_t sums_plane = gradient_plane(x.channels, dy.channels);
  float* const sums = scratch;
  float* const inputs = sums + W.products() * sums_plane;
  float* const gradients = inputs + W.products() * winograd_input_plane(x.channels, runs.size);
  const Extent2 padding{g.window.padding.top, g.window.padding.left};
  if (dbias != nullptr) std::fill_n(dbias, out_vectors * simd::lanes, 0.0F);
  for (int first = 0; first < all; first += runs.size) {
    const int count = std::min(runs.size, all - first);
    const std::ptrdiff_t block = std::ptrdiff_t{count} * simd::lanes;
    transform_tiles<W.points()>(x, padding, runs, W.taps, {dy.height, dy.width}, first, count,
                                count, inputs);
    transform_gradients<W>(dy, runs, first, count, gradients);
    for (int b = 0; dbias != nullptr && b < out_vectors; ++b) {  // the value at (1, 1) is a sum
      const float* const at_one =
          gradients + (W.points() + 1) * winograd_input_plane(dy.channels, count) + b * block;
      add_to_bias_gradient(at_one, 0, {1, count}, dbias + std::ptrdiff_t{b} * simd::lanes);
    }
    for (int k = 0; k < W.products(); ++k) {
      const float* const x_k = inputs + k * winograd_input_plane(x.channels, count);
      const float* const dy_k = gradients + k * winograd_input_plane(dy.channels, count);
      for (int b = 0; b < out_vectors;) {
        const int together = std::min(weight_blocks, out_vectors - b);
        const auto run = together == 1   ? &weight_products<1>
                         : together == 2 ? &weight_products<2>
                                         : &weight_products<weight_blocks>;
        run(x_k, in_vectors, dy_k + b * block, block, count, first == 0,
            sums + k * sums_plane + b * simd::lanes, sums_row);
        b += together;
      }
    }
  }
  const std::ptrdiff_t stride = packed_block_stride(g);
  for (int b = 0; b < out_vectors; ++b) {
    for (int c = 0; c < x.channels; ++c) {
      const float* const from = sums + c * sums_row + std::ptrdiff_t{b} * simd::lanes;
      float* const to = dpacked + b * stride + packed_offset(g, b, c, 0, 0);
      const std::ptrdiff_t tap =
          std::ptrdiff_t{channels_beside(g, {0, g.in_channels}, c).size()} * simd::lanes;
      winograd_output_tile<W>(from, sums_plane, to, W.outputs * tap, tap);
    }
  }
  constexpr float factor = winograd_factor(W.points(), 1);
  for (int b = 0; dbias != nullptr && b < out_vectors; ++b) {
    float* const db = dbias + std::ptrdiff_t{b} * simd::lanes;
    simd::store(db, simd::load(db) * simd::broadcast(1 / (factor * factor)));
  }
}

}  // namespace convexpr::kernels
