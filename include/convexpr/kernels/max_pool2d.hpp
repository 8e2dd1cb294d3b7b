// Max pooling: the largest element under each position of a window, and where its gradient goes.
//
// What a window is and where it may stand is told in shape/window.hpp.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <limits>
#include <type_traits>

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

/// Where the gradients of one row of windows go: the rows of x and dx under it.
struct Scatter {
  const float* x;
  float* dx;
  std::ptrdiff_t row_step_x;
  std::ptrdiff_t row_step_dx;
  std::ptrdiff_t step;
};

/// Adds `gradient` to dx at the first maximum of x among rows x columns pixels, lane by lane.
inline void add_at_maximum(const Scatter& to, int column, simd::Vector gradient, int rows,
                           int columns) {
  if (rows == 0 || columns == 0) return;
  const float* const x = to.x + column * simd::lanes;
  float* const dx = to.dx + column * simd::lanes;
  simd::Vector best = simd::load(x);
  for (int u = 0; u < rows; ++u) {
    for (int v = 0; v < columns; ++v) {
      best = simd::max(best, simd::load(x + u * to.row_step_x + v * to.step));
    }
  }
  simd::Vector rest = gradient;  // what no pixel has taken yet
  for (int u = 0; u < rows; ++u) {
    for (int v = 0; v < columns; ++v) {
      float* const target = dx + u * to.row_step_dx + v * to.step;
      const simd::Mask taken = simd::load(x + u * to.row_step_x + v * to.step) == best;
      simd::store(target, simd::load(target) + simd::select(taken, rest, simd::zero()));
      rest = simd::select(taken, simd::zero(), rest);
    }
  }
  simd::store(dx, simd::load(dx) + rest);
}

/// The same for `count` whole 3 x 3 windows in a row: what neighbouring windows share of x and dx
/// stays in registers.
template <int Stride>
void add_at_maxima(const Scatter& to, int column, const float* gradient, int count) {
  constexpr int kept = 3 - Stride;
  const float* x = to.x + column * simd::lanes;
  float* dx = to.dx + column * simd::lanes;
  simd::Vector pixels[9];  // column by column
  simd::Vector sums[9];
  const auto load = [&](int k) __attribute__((always_inline)) {
    pixels[k] = simd::load(x + (k % 3) * to.row_step_x + (k / 3) * simd::lanes);
    sums[k] = simd::load(dx + (k % 3) * to.row_step_dx + (k / 3) * simd::lanes);
  };
  const auto store = [&](int k) __attribute__((always_inline)) {
    simd::store(dx + (k % 3) * to.row_step_dx + (k / 3) * simd::lanes, sums[k]);
  };
  CONVEXPR_UNROLL
  for (int k = 0; k < 3 * kept; ++k) load(k);
  for (int j = 0; j < count; ++j) {
    CONVEXPR_UNROLL
    for (int k = 3 * kept; k < 9; ++k) load(k);
    simd::Vector best = pixels[0];
    CONVEXPR_UNROLL
    for (int k = 1; k < 9; ++k) best = simd::max(best, pixels[k]);
    simd::Vector rest = simd::load(gradient + j * simd::lanes);
    CONVEXPR_UNROLL
    for (int tap = 0; tap < 9; ++tap) {  // row by row
      const int k = tap % 3 * 3 + tap / 3;
      const simd::Mask taken = pixels[k] == best;
      sums[k] = sums[k] + simd::select(taken, rest, simd::zero());
      rest = simd::select(taken, simd::zero(), rest);
    }
    sums[0] = sums[0] + rest;
    CONVEXPR_UNROLL
    for (int k = 0; k < 3 * Stride; ++k) store(k);
    simd::unroll<3 * kept>([&](auto k) {
      pixels[k] = pixels[k + 3 * Stride];
      sums[k] = sums[k + 3 * Stride];
    });
    x += Stride * simd::lanes;
    dx += Stride * simd::lanes;
  }
  CONVEXPR_UNROLL
  for (int k = 0; k < 3 * kept; ++k) store(k);
}

/// The same for `count` whole 2 x 2 windows in a row that share no pixel: dx is written, not added to.
inline void put_at_maxima_of_pairs(const Scatter& to, int column, const float* gradient,
                                   int count) {
  const float* x = to.x + column * simd::lanes;
  float* dx = to.dx + column * simd::lanes;
  for (int j = 0; j < count; ++j, x += 2 * simd::lanes, dx += 2 * simd::lanes) {
    const simd::Vector pixels[4] = {simd::load(x), simd::load(x + simd::lanes),
                                    simd::load(x + to.row_step_x),
                                    simd::load(x + to.row_step_x + simd::lanes)};
    simd::Vector best = pixels[0];
    CONVEXPR_UNROLL
    for (int k = 1; k < 4; ++k) best = simd::max(best, pixels[k]);
    simd::Vector rest = simd::load(gradient + j * simd::lanes);
    simd::Vector parts[4];
    CONVEXPR_UNROLL
    for (int k = 0; k < 4; ++k) {
      const simd::Mask taken = pixels[k] == best;
      parts[k] = simd::select(taken, rest, simd::zero());
      rest = simd::select(taken, simd::zero(), rest);
    }
    simd::store(dx, parts[0] + rest);
    simd::store(dx + simd::lanes, parts[1]);
    simd::store(dx + to.row_step_dx, parts[2]);
    simd::store(dx + to.row_step_dx + simd::lanes, parts[3]);
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

/// The adjoint of `max_pool2d`: every gradient goes to the first maximum, in row-major order, of
/// the window that it came from. One of a window that holds NaN goes to a single pixel of it.
///
/// Shapes     x, dx: C x H x W    dy: C x H' x W', all blocked
/// Cost       windows of 2 x 2 that share no pixel: dx is written once; else zeros first, then sums
/// Ensures    dx is overwritten
inline void max_pool2d_backward(const ConstMaps& x, const ConstMaps& dy, const Maps& dx,
                                const Window& w) {
  const bool rolls = w.kernel.w == 3 && w.dilation.w == 1 && (w.stride.w == 1 || w.stride.w == 2);
  const bool pairs = w.kernel == Extent2(2) && w.stride == w.kernel && w.dilation == Extent2(1);
  const bool all_in_pairs =
      pairs && w.padding == Padding{} && x.height == 2 * dy.height && x.width == 2 * dy.width;
  const detail::WholeWindows whole = detail::WholeWindows::along(
      x.width, dy.width, window::covered(w.kernel.w, w.dilation.w), w.stride.w, w.padding.left);
  const auto scatter_row = [&](const detail::Scatter& to, const float* gradient, int rows) {
    for (int j = 0; j < dy.width; ++j) {
      const int column = j * w.stride.w - w.padding.left;
      if (rolls && rows == 3 && j == whole.begin && whole.begin < whole.end) {
        const auto add = w.stride.w == 1 ? detail::add_at_maxima<1> : detail::add_at_maxima<2>;
        add(to, column, gradient + j * simd::lanes, whole.end - j);
        j = whole.end - 1;
        continue;
      }
      if (pairs && rows == 2 && j == whole.begin && whole.begin < whole.end) {
        detail::put_at_maxima_of_pairs(to, column, gradient + j * simd::lanes, whole.end - j);
        j = whole.end - 1;
        continue;
      }
      const detail::Taps columns =
          detail::Taps::inside(x.width, j, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left);
      detail::add_at_maximum(to, columns.first, simd::load(gradient + j * simd::lanes), rows,
                             columns.count);
    }
  };
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      int cleared = all_in_pairs ? x.height : 0;  // rows, each shortly before it is added to
      const auto clear_up_to = [&](int row) {
        for (; cleared < row; ++cleared) {
          std::fill_n(row_of(dx, n, b, cleared), x.width * simd::lanes, 0.0F);
        }
      };
      for (int i = 0; i < dy.height; ++i) {
        const detail::Taps rows =
            detail::Taps::inside(x.height, i, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top);
        clear_up_to(rows.count == 0 ? 0 : rows.first + (rows.count - 1) * w.dilation.h + 1);
        scatter_row(
            {row_of(x, n, b, rows.first), row_of(dx, n, b, rows.first), w.dilation.h * x.row_stride,
             w.dilation.h * dx.row_stride, w.dilation.w * simd::lanes},
            row_of(dy, n, b, i), rows.count);
      }
      clear_up_to(x.height);
    }
  }
}

}  // namespace convexpr::kernels
