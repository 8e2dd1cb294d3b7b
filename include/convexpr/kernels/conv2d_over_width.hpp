// Convolution forward of a planar image to a few channels: vectors run along the width.
//
// Where there are fewer output channels than half a vector has lanes, vectors of channels compute more
// zeros than sums. Here a vector holds `simd::lanes` pixels of one channel; the tile of sums is turned
// into vectors of channels where it is stored, after its function and its pool. Each sum has the order
// that it has in kernels/conv2d_direct.hpp.
#pragma once

#include <algorithm>
#include <convexpr/kernels/conv2d_direct.hpp>
#include <convexpr/simd/few_channels.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// Whether a convolution to an image of that width before its pool is computed over the width, and
/// faster so: two vectors of pixels for each channel and row stay in registers.
constexpr bool runs_over_width(const ConvGeometry& g, int width, TilePool pool) {
  constexpr int most_channels = std::min(simd::most_few_channels, 6);
  const int vectors = (width + simd::lanes - 1) / simd::lanes;
  const bool pools = pool == TilePool{} || (pool.rows == 2 && pool.cols == 2);
  return g.interleave == 1 && g.groups == 1 && g.window.stride.w == 1 && pools &&
         g.out_channels <= most_channels && width >= simd::lanes &&
         5 * g.out_channels * (vectors + vectors % 2) <= 4 * width;
}

namespace detail {

/// A tile of Rows x 2 vectors of pixels of each channel, at the columns `left` and `right`: what its
/// function gives, in vectors of channels, to y.
template <int Channels, int Rows, class F>
[[gnu::noinline]] void over_width_tile(const float* x, const float* packed, const float* bias,
                                       float* y, int left, int right, const ConvGeometry& g,
                                       const ConvSteps& s) {
  constexpr TilePool pool = pool_of<F>;
  constexpr int lanes = simd::lanes;
  simd::Vector sums[Channels][Rows * 2];
  CONVEXPR_UNROLL
  for (int i = 0; i < Channels * Rows * 2; ++i) {
    const int c = i / (Rows * 2);
    sums[c][i % (Rows * 2)] = simd::broadcast(bias == nullptr ? 0.0F : bias[c]);
  }
  const float* w = packed;
  for (int c = 0; c < g.in_channels; ++c, x += s.x_block) {
    const float* row = x;
    for (int u = s.kernel.h; u > 0; --u, row += s.x_tap_row) {
      const float* tap = row;
      for (int v = s.kernel.w; v > 0; --v, tap += s.x_tap_col, w += lanes) {
        simd::Vector pixels[Rows * 2];
        CONVEXPR_UNROLL
        for (int p = 0; p < Rows * 2; ++p) {
          pixels[p] = simd::load_unaligned(tap + p / 2 * s.x_pixel_row + (p % 2 ? right : left));
        }
        CONVEXPR_UNROLL
        for (int k = 0; k < Channels; ++k) {
          const simd::Vector weight = simd::broadcast(w[k]);
          CONVEXPR_UNROLL
          for (int p = 0; p < Rows * 2; ++p) sums[k][p] = simd::fma(pixels[p], weight, sums[k][p]);
        }
      }
    }
  }
  CONVEXPR_UNROLL
  for (int i = 0; i < Channels * Rows * 2; ++i) {
    simd::Vector& sum = sums[i / (Rows * 2)][i % (Rows * 2)];
    sum = F::value(sum);
  }
  const auto store = [&](const simd::PixelsOfChannels<Channels>& pixels, float* to, auto first,
                         auto count) __attribute__((always_inline)) {
    simd::unroll<count>([&](auto p) __attribute__((always_inline)) {
      simd::store(to + std::ptrdiff_t{p} * lanes, pixels.template at<first + p>());
    });
  };
  if constexpr (pool == TilePool{}) {
    CONVEXPR_UNROLL
    for (int p = 0; p < Rows * 2; ++p) {
      simd::Vector channels[Channels];
      CONVEXPR_UNROLL
      for (int c = 0; c < Channels; ++c) channels[c] = sums[c][p];
      store(simd::PixelsOfChannels<Channels>(channels),
            y + p / 2 * s.y_row + std::ptrdiff_t{p % 2 ? right : left} * lanes,
            std::integral_constant<int, 0>{}, std::integral_constant<int, lanes>{});
    }
  } else {
    static_assert(Rows == 2 && pool.rows == 2 && pool.cols == 2);
    const auto pooled = [](simd::Vector a, simd::Vector b) __attribute__((always_inline)) {
      return pool.maximum ? simd::max(a, b) : a + b;
    };
    simd::Vector channels[Channels];
    CONVEXPR_UNROLL
    for (int c = 0; c < Channels; ++c) {
      const simd::Vector a = pooled(sums[c][0], sums[c][2]);
      const simd::Vector b = pooled(sums[c][1], sums[c][3]);
      channels[c] = pooled(simd::even_lanes(a, b), simd::odd_lanes(a, b));
      if constexpr (!pool.maximum) channels[c] = channels[c] * simd::broadcast(0.25F);
    }
    const simd::PixelsOfChannels<Channels> pixels(channels);
    constexpr std::integral_constant<int, lanes / 2> half{};
    store(pixels, y + std::ptrdiff_t{left / 2} * lanes, std::integral_constant<int, 0>{}, half);
    store(pixels, y + std::ptrdiff_t{right / 2} * lanes, half, half);
  }
}

}  // namespace detail

/// conv2d_direct of a planar image to `Channels` channels, for which runs_over_width holds.
///
/// Shapes     x: C x H x W, planar, with zeros around it as far as the padding    packed, bias, y: as
///            conv2d_direct's
/// Parameters F: a function for registers that reads no operands, or one with a pool
/// Cost       as conv2d_direct, with W' rounded up to two whole vectors and no channel to a vector
/// Requires   buffers aligned to simd::alignment; y apart from x; height of y before a pool even with
///            one
/// Ensures    the image of y is written, its lanes past the last channel with zeros
template <int Channels, class F>
void conv2d_over_width(const ConstMaps& x, const float* packed, const float* bias, const Maps& y,
                       const ConvGeometry& g) {
  using namespace detail;
  constexpr TilePool pool = pool_of<F>;
  constexpr int lanes = simd::lanes;
  const Window& k = g.window;
  const ConvSteps steps{.kernel = k.kernel,
                        .x_block = x.block_stride,
                        .x_pixel_row = k.stride.h * x.row_stride,
                        .x_tap_row = k.dilation.h * x.row_stride,
                        .x_tap_col = k.dilation.w,
                        .w_block = 0,
                        .w_next = 0,
                        .y_block = 0,
                        .y_row = y.row_stride};
  const int height = y.height * pool.rows;
  const int width = y.width * pool.cols;
  for (int n = 0; n < x.examples; ++n) {
    const float* x_n =
        x.data + n * x.example_stride - k.padding.top * x.row_stride - k.padding.left;
    float* y_n = y.data + n * y.example_stride;
    for (int i = 0; i < height; i += 2) {
      const float* const from = x_n + i * steps.x_pixel_row;
      float* const to = y_n + i / pool.rows * y.row_stride;
      for (int j = 0; j < width; j += 2 * lanes) {
        const int left = std::min(j, width - lanes);
        const int right = std::min(j + lanes, width - lanes);
        if constexpr (pool == TilePool{}) {
          if (i + 1 == height) {
            over_width_tile<Channels, 1, F>(from, packed, bias, to, left, right, g, steps);
            continue;
          }
        }
        over_width_tile<Channels, 2, F>(from, packed, bias, to, left, right, g, steps);
      }
    }
  }
}

}  // namespace convexpr::kernels
