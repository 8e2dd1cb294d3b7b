// Sums over a window of taps where no channel meets another: what depthwise convolutions, fixed
// filters and both their adjoints are made of.
//
// A tile is a run of pixels of one row, one vector of channels each, whose sums stay in registers
// while the taps pass by. Where the window stands, and how far its taps are from one another, is
// told by the caller in steps, so that one loop serves both directions.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/adjoint.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels::detail {

/// Taps that have a weight for each lane.
struct LaneWeights {
  static constexpr int width = simd::lanes;  // floats from one tap to the next
  static simd::Vector at(const float* w) { return simd::load(w); }
};

/// Taps that have one weight for all lanes.
struct SharedWeights {
  static constexpr int width = 1;
  static simd::Vector at(const float* w) { return simd::broadcast(*w); }
};

/// How many taps a window has, and how far it is from anything to the next, in floats.
struct TapSteps {
  Extent2 taps;
  std::ptrdiff_t in_row;    // from what one tap reads to what the one below it reads
  std::ptrdiff_t in_col;    // likewise to the right
  std::ptrdiff_t in_pixel;  // from the input of one output pixel to that of the next
  std::ptrdiff_t w_row;
  std::ptrdiff_t w_col;
  std::ptrdiff_t out_pixel;
};

/// One tile: `in` points at what the first tap of the first pixel reads. Step is in_pixel in
/// vectors, or 0 for any; F is a function for registers.
template <int Pixels, int Step, class Weights, class F, class Operands>
[[gnu::noinline]] void tap_tile(const float* in, const float* w, const float* bias, float* out,
                                const TapSteps& s, const Operands& operands) {
  const std::ptrdiff_t pixel = Step > 0 ? std::ptrdiff_t{Step} * simd::lanes : s.in_pixel;
  simd::Vector sums[Pixels];
  CONVEXPR_UNROLL
  for (int p = 0; p < Pixels; ++p) sums[p] = bias != nullptr ? simd::load(bias) : simd::zero();
  for (int u = s.taps.h; u > 0; --u, in += s.in_row, w += s.w_row) {
    const float* from = in;
    const float* weight = w;
    for (int v = s.taps.w; v > 0; --v, from += s.in_col, weight += s.w_col) {
      const simd::Vector tap = Weights::at(weight);
      CONVEXPR_UNROLL
      for (int p = 0; p < Pixels; ++p) {
        sums[p] = simd::fma(simd::load(from + p * pixel), tap, sums[p]);
      }
    }
  }
  CONVEXPR_UNROLL
  for (int p = 0; p < Pixels; ++p) {
    simd::store(out + p * s.out_pixel, applied<F>(operands, sums[p], 0, 0, p));
  }
}

/// Tiles of one width, side by side up to the end of the row; the last overlaps the one before
/// where the width asks for it.
///
/// Requires   width >= Pixels
template <int Pixels, int Step, class Weights, class F, class Operands>
void tap_tiles(const float* in, const float* w, const float* bias, float* out, int from, int width,
               const TapSteps& s, const Operands& operands) {
  for (int j = from; j < width; j += Pixels) {
    const int start = std::min(j, width - Pixels);
    tap_tile<Pixels, Step, Weights, F>(in + start * s.in_pixel, w, bias, out + start * s.out_pixel,
                                       s, operands.at_column(start));
  }
}

/// One row of `width` pixels.
template <int Step, class Weights, class F, class Operands = NoOperands>
void tap_row(const float* in, const float* w, const float* bias, float* out, int width,
             const TapSteps& s, const Operands& operands = {}) {
  constexpr int wide = 14;  // these two divide the images of this field
  constexpr int narrow = 7;
  constexpr int few = 4;
  if (width >= wide) {
    const int whole = width / wide * wide;
    tap_tiles<wide, Step, Weights, F>(in, w, bias, out, 0, whole, s, operands);
    if (width - whole > narrow) {
      tap_tiles<wide, Step, Weights, F>(in, w, bias, out, whole, width, s, operands);
    } else {
      tap_tiles<narrow, Step, Weights, F>(in, w, bias, out, whole, width, s, operands);
    }
  } else if (width >= narrow) {
    tap_tiles<narrow, Step, Weights, F>(in, w, bias, out, 0, width, s, operands);
  } else if (width >= few) {
    tap_tiles<few, Step, Weights, F>(in, w, bias, out, 0, width, s, operands);
  } else {
    tap_tiles<1, Step, Weights, F>(in, w, bias, out, 0, width, s, operands);
  }
}

/// Rows of one block of channels: `first` points at the first pixel of row 0, in a border or not.
template <class T>
struct BlockRows {
  T* first;
  std::ptrdiff_t row_stride;

  T* row(std::ptrdiff_t i) const { return first + i * row_stride; }
};

template <class T>
BlockRows<T> block_rows(const FeatureMaps<T>& maps, int example, int block) {
  return {row_of(maps, example, block, 0), maps.row_stride};
}

/// Output rows `first` to `last` - 1 of a window that slides over `in`. In registers F is applied to
/// the lanes that hold no channel, too.
///
/// Requires   the padding of `in` readable around it
template <int Step, class Weights, class F, class Operands>
void slide(const BlockRows<const float>& in, const float* w, const float* bias,
           const BlockRows<float>& out, int first, int last, int width, const Window& k,
           simd::Mask inside, const Operands& operands) {
  const TapSteps steps{.taps = k.kernel,
                       .in_row = k.dilation.h * in.row_stride,
                       .in_col = std::ptrdiff_t{k.dilation.w} * simd::lanes,
                       .in_pixel = std::ptrdiff_t{k.stride.w} * simd::lanes,
                       .w_row = std::ptrdiff_t{k.kernel.w} * Weights::width,
                       .w_col = Weights::width,
                       .out_pixel = simd::lanes};
  for (int i = first; i < last; ++i) {
    const float* from = in.row(std::ptrdiff_t{i} * k.stride.h - k.padding.top) -
                        std::ptrdiff_t{k.padding.left} * simd::lanes;
    const auto read = operands.at_row(i);
    tap_row<Step, Weights, InRegisters<F>>(from, w, bias, out.row(i), width, steps,
                                           read_in_registers<F>(read));
    if constexpr (!in_registers<F>) apply_to_row<F>(out.row(i), width, inside, read);
  }
}

/// Rows of a gradient that are best computed together: all phases of the stride find what they read
/// in the cache.
inline constexpr int rows_at_once = 16;

/// The adjoint of `slide`: rows `first` to `last` - 1 of the gradient of what was slid over.
///
/// Requires   window::adjoint_border around dy, of zeros
template <class Weights>
void slide_back(const BlockRows<const float>& dy, const float* w, const BlockRows<float>& dx,
                int first, int last, int width, const Window& k) {
  const int left = k.padding.left;
  for (int row_phase = 0; row_phase < k.stride.h; ++row_phase) {
    const window::PhaseTaps rows =
        window::taps_of_phase(k.kernel.h, k.stride.h, k.dilation.h, row_phase);
    const int ahead = (row_phase - (first + k.padding.top) % k.stride.h + k.stride.h) % k.stride.h;
    for (int col_phase = 0; col_phase < k.stride.w; ++col_phase) {
      const window::PhaseTaps cols =
          window::taps_of_phase(k.kernel.w, k.stride.w, k.dilation.w, col_phase);
      const int j = (col_phase - left % k.stride.w + k.stride.w) % k.stride.w;
      const int count = (width - j + k.stride.w - 1) / k.stride.w;
      if (count <= 0) continue;
      const TapSteps steps{.taps = {rows.count, cols.count},
                           .in_row = -rows.lag_step * dy.row_stride,
                           .in_col = -std::ptrdiff_t{cols.lag_step} * simd::lanes,
                           .in_pixel = simd::lanes,
                           .w_row = std::ptrdiff_t{rows.step} * k.kernel.w * Weights::width,
                           .w_col = std::ptrdiff_t{cols.step} * Weights::width,
                           .out_pixel = std::ptrdiff_t{k.stride.w} * simd::lanes};
      const float* weights =
          w + (std::ptrdiff_t{rows.first} * k.kernel.w + cols.first) * Weights::width;
      const std::ptrdiff_t q = std::ptrdiff_t{(j + left) / k.stride.w} - cols.lag;
      for (int i = first + ahead; i < last; i += k.stride.h) {
        const float* from = dy.row((i + k.padding.top) / k.stride.h - rows.lag) + q * simd::lanes;
        tap_row<1, Weights, expr::Identity>(
            from, weights, nullptr, dx.row(i) + std::ptrdiff_t{j} * simd::lanes, count, steps);
      }
    }
  }
}

}  // namespace convexpr::kernels::detail
