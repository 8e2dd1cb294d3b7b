// Max pooling: the largest element under each position of a window.
//
// What a window is and where it may stand is told in shape/window.hpp. Next:
// kernels/max_pool2d_backward.hpp, where its gradient goes.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <limits>

namespace convexpr::kernels {

namespace detail {

/// The taps of a window, along one axis, that lie inside the image.
struct Taps {
  int first;  // index in the image of the first of them
  int count;

  /// For the window at output position `out` along an axis of `size` elements.
  static constexpr Taps inside(int size, int out, int kernel, int stride, int dilation,
                               int before) {
    const int start = out * stride - before;
    const int skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const int room = size - start;
    const int end = room <= 0 ? 0 : std::min(kernel, (room + dilation - 1) / dilation);
    return {start + skipped * dilation, std::max(0, end - skipped)};
  }
};

/// `best` or, where it is larger or not a number, x; what is not a number is never given up.
CONVEXPR_INLINE simd::Vector larger(simd::Vector best, simd::Vector x) {
  return simd::select(best == best, simd::max(best, x), best);
}

/// The maximum of `rows` x `columns` pixels from `first` on.
inline simd::Vector clipped_maximum(const float* first, int rows, int columns,
                                    std::ptrdiff_t row_step, std::ptrdiff_t step) {
  simd::Vector best = simd::broadcast(-std::numeric_limits<float>::infinity());
  for (int u = 0; u < rows; ++u) {
    for (int v = 0; v < columns; ++v)
      best = larger(best, simd::load(first + u * row_step + v * step));
  }
  return best;
}

/// The maximum of up to `Kernel` pixels of one column.
template <int Kernel>
CONVEXPR_INLINE simd::Vector column_maximum(const float* top, int rows, std::ptrdiff_t row_step) {
  simd::Vector best = simd::load(top);
  CONVEXPR_UNROLL
  for (int u = 1; u < Kernel; ++u) {
    if (u < rows) best = larger(best, simd::load(top + u * row_step));
  }
  return best;
}

/// Pools `count` windows in a row, all of whose columns lie inside the image. The maxima of columns
/// that neighbouring windows share stay in registers.
template <int Kernel, int Stride>
void max_pool2d_run(const float* first, float* out, int count, int rows, std::ptrdiff_t row_step) {
  constexpr int kept = Kernel > Stride ? Kernel - Stride : 0;
  simd::Vector columns[Kernel];
  CONVEXPR_UNROLL
  for (int v = 0; v < kept; ++v) {
    columns[Stride + v] = column_maximum<Kernel>(first + v * simd::lanes, rows, row_step);
  }
  for (int j = 0; j < count; ++j, first += Stride * simd::lanes, out += simd::lanes) {
    simd::unroll<kept>([&](auto v) { columns[v] = columns[Stride + v]; });
    CONVEXPR_UNROLL
    for (int v = kept; v < Kernel; ++v) {
      columns[v] = column_maximum<Kernel>(first + v * simd::lanes, rows, row_step);
    }
    simd::Vector best = columns[0];
    CONVEXPR_UNROLL
    for (int v = 1; v < Kernel; ++v) best = larger(best, columns[v]);
    simd::store(out, best);
  }
}

/// The windows along one axis that lie wholly inside the image, from `begin` up to `end`.
struct WholeWindows {
  int begin, end;

  static constexpr WholeWindows along(int size, int out, int covered, int stride, int before) {
    const int begin = std::min(out, (before + stride - 1) / stride);
    const int room = size + before - covered;
    const int end = room < 0 ? 0 : std::min(out, room / stride + 1);
    return {begin, std::max(begin, end)};
  }
};

/// Pools one row of y, with a kernel that is `Kernel` wide and at most as high or, for Kernel = 0,
/// with any.
template <int Kernel, int Stride>
void max_pool2d_row(const float* in, float* out, const Taps& rows, const ConstMaps& x, int width,
                    const Window& w, simd::Mask inside) {
  const std::ptrdiff_t row_step = w.dilation.h * x.row_stride;
  const auto pool_clipped = [&](int j) {
    const Taps columns =
        Taps::inside(x.width, j, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left);
    const simd::Vector best = clipped_maximum(in + columns.first * simd::lanes, rows.count,
                                              columns.count, row_step, w.dilation.w * simd::lanes);
    simd::store(out + j * simd::lanes, simd::select(inside, best, simd::zero()));
  };
  WholeWindows whole{width, width};
  if (Kernel != 0 && rows.count > 0) {
    whole = WholeWindows::along(x.width, width, w.kernel.w, w.stride.w, w.padding.left);
  }
  for (int j = 0; j < whole.begin; ++j) pool_clipped(j);
  if constexpr (Kernel != 0) {
    if (whole.begin < whole.end) {
      const int first = whole.begin * Stride - w.padding.left;
      max_pool2d_run<Kernel, Stride>(in + first * simd::lanes, out + whole.begin * simd::lanes,
                                     whole.end - whole.begin, rows.count, row_step);
    }
  }
  for (int j = whole.end; j < width; ++j) pool_clipped(j);
}

template <int Kernel, int Stride>
void max_pool2d_maps(const ConstMaps& x, const Maps& y, const Window& w, int first_row) {
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
      for (int i = 0; i < y.height; ++i) {
        const Taps rows = Taps::inside(x.height, first_row + i, w.kernel.h, w.stride.h,
                                       w.dilation.h, w.padding.top);
        max_pool2d_row<Kernel, Stride>(row_of(x, n, b, rows.first), row_of(y, n, b, i), rows, x,
                                       y.width, w, inside);
      }
    }
  }
}

}  // namespace detail

/// Max pooling.
///
///     y[c,i,j] = max over u,v of x[c, i*s + u*d - p, j*s + v*d - p]
///
/// Positions outside the image count as minus infinity. NaN propagates.
///
/// Shapes     x: C x H x W    y: C x H' x W', as shape/window.hpp counts them, both blocked
/// Parameters first_row: the row of the output with which y begins, where y is some rows of it
/// Cost       3x3: four maxima a vector at stride 1, six at stride 2; 1x3, 2x3 and 2x2 likewise;
///            elsewhere one a tap
inline void max_pool2d(const ConstMaps& x, const Maps& y, const Window& w, int first_row = 0) {
  const bool dense = w.dilation.w == 1;
  const auto fits = [&](int kernel) { return w.kernel.w == kernel && w.kernel.h <= kernel; };
  if (dense && fits(3) && w.stride.w == 1) {
    detail::max_pool2d_maps<3, 1>(x, y, w, first_row);
  } else if (dense && fits(3) && w.stride.w == 2) {
    detail::max_pool2d_maps<3, 2>(x, y, w, first_row);
  } else if (dense && fits(2) && w.stride.w == 2) {
    detail::max_pool2d_maps<2, 2>(x, y, w, first_row);
  } else {
    detail::max_pool2d_maps<0, 1>(x, y, w, first_row);
  }
}

}  // namespace convexpr::kernels
