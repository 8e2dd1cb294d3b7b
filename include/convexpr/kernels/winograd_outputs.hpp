// The end of Winograd's filtering: outputs from the products at all points, with what follows a
// convolution.
#pragma once

#include <convexpr/kernels/conv2d_direct.hpp>
#include <convexpr/kernels/winograd_tiles.hpp>
#include <cstddef>

namespace convexpr::kernels::detail {

/// Stores a tile of outputs with the function of the convolution, but for what another tile has.
template <Winograd W, class F, class Operands>
void store_applied(const float* tile, simd::Vector shift, const TilePlace& place, float* y,
                   std::ptrdiff_t row, const Operands& operands) {
  const auto store = [&](int r, int c) __attribute__((always_inline)) {
    const simd::Vector v = simd::load(tile + (r * W.outputs + c) * simd::lanes) + shift;
    simd::store(y + r * row + std::ptrdiff_t{c} * simd::lanes, applied<F>(operands, v, 0, r, c));
  };
  if (in_registers<F> && place.known_rows == 0 && place.known_columns == 0) {
    CONVEXPR_UNROLL
    for (int k = 0; k < W.outputs * W.outputs; ++k) store(k / W.outputs, k % W.outputs);
    return;
  }
  for (int r = place.known_rows; r < W.outputs; ++r) {
    for (int c = place.known_columns; c < W.outputs; ++c) store(r, c);
  }
}

/// The same of a convolution with a pool behind it, the windows as one pixel each.
template <Winograd W, class F, class Operands>
void store_pooled(float* tile, simd::Vector shift, const TilePlace& place, float* y,
                  std::ptrdiff_t row, const Operands& operands) {
  constexpr TilePool pool = pool_of<F>;
  static_assert(W.outputs % pool.rows == 0 && W.outputs % pool.cols == 0);
  for (int r = place.known_rows; r < W.outputs; ++r) {
    for (int c = place.known_columns; c < W.outputs; ++c) {
      float* const pixel = tile + (r * W.outputs + c) * simd::lanes;
      simd::store(pixel, applied<F>(operands, simd::load(pixel) + shift, 0, r, c));
    }
  }
  for (int r = place.known_rows; r < W.outputs; r += pool.rows) {
    for (int c = place.known_columns; c < W.outputs; c += pool.cols) {
      const float* const first = tile + (r * W.outputs + c) * simd::lanes;
      simd::Vector best = simd::load(first);
      CONVEXPR_UNROLL
      for (int k = 1; k < pool.rows * pool.cols; ++k) {
        const int at = k / pool.cols * W.outputs + k % pool.cols;
        const simd::Vector other = simd::load(first + at * simd::lanes);
        best = pool.maximum ? simd::max(best, other) : best + other;
      }
      if constexpr (!pool.maximum) {
        best = best * simd::broadcast(1.0F / static_cast<float>(pool.rows * pool.cols));
      }
      simd::store(y + r / pool.rows * row + std::ptrdiff_t{c / pool.cols} * simd::lanes, best);
    }
  }
}

/// The outputs of some tiles and one block of channels from the products at all points.
template <Winograd W, class F, class Operands>
void finish_tiles(const float* products, std::ptrdiff_t plane, const float* bias, const Maps& y,
                  const TileRuns& runs, int first, int count, const Operands& operands) {
  constexpr TilePool pool = pool_of<F>;
  alignas(simd::alignment) float tile[W.outputs * W.outputs * simd::lanes];
  const simd::Vector shift = bias == nullptr ? simd::zero() : simd::load(bias);
  for (int t = 0; t < count; ++t) {
    const TilePlace place(runs, W.outputs, y.height * pool.rows, y.width * pool.cols, first + t);
    winograd_output_tile<W>(products + std::ptrdiff_t{t} * simd::lanes, plane, tile,
                            std::ptrdiff_t{W.outputs} * simd::lanes, simd::lanes);
    float* const to = y.data + place.example * y.example_stride +
                      place.row / pool.rows * y.row_stride +
                      std::ptrdiff_t{place.column / pool.cols} * simd::lanes;
    const auto own = operands.at_example(place.example).at_row(place.row).at_column(place.column);
    if constexpr (pool == TilePool{}) {
      store_applied<W, F>(tile, shift, place, to, y.row_stride, own);
    } else {
      store_pooled<W, F>(tile, shift, place, to, y.row_stride, own);
    }
  }
}

}  // namespace convexpr::kernels::detail
