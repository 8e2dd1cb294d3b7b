// The gradient of max pooling: where that of each window goes.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/max_pool2d.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

namespace detail {

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

/// The windows of a row that add_at_maxima takes: `count` whole ones, perhaps one before them whose first
/// column lies outside the image, and one behind of which only `columns_behind` lie inside.
struct RowOfWindows {
  bool one_before;
  int count;
  int columns_behind;
};

/// A window that is 3 columns wide and `Rows` high, with the sums that its pixels have been given, in
/// registers: column by column. Columns are those from `First` to `End`, which is excluded.
template <int Rows, int Stride>
class RollingWindow {
 public:
  /// Columns that it shares with the next window.
  static constexpr int kept = 3 - Stride;

  CONVEXPR_INLINE RollingWindow(const Scatter& to, int column)
      : x_(to.x + column * simd::lanes),
        dx_(to.dx + column * simd::lanes),
        row_step_x_(to.row_step_x),
        row_step_dx_(to.row_step_dx) {}

  template <int First, int End>
  CONVEXPR_INLINE void load() {
    CONVEXPR_UNROLL
    for (int k = First * Rows; k < End * Rows; ++k) {
      pixels_[k] = simd::load(x_ + k % Rows * row_step_x_ + k / Rows * simd::lanes);
      sums_[k] = simd::load(dx_ + k % Rows * row_step_dx_ + k / Rows * simd::lanes);
    }
    CONVEXPR_UNROLL
    for (int v = First; v < End; ++v) {
      columns_[v] = pixels_[v * Rows];
      CONVEXPR_UNROLL
      for (int u = 1; u < Rows; ++u) columns_[v] = simd::max(columns_[v], pixels_[v * Rows + u]);
    }
  }
  template <int First, int End>
  CONVEXPR_INLINE void store() const {
    CONVEXPR_UNROLL
    for (int k = First * Rows; k < End * Rows; ++k) {
      simd::store(dx_ + k % Rows * row_step_dx_ + k / Rows * simd::lanes, sums_[k]);
    }
  }
  /// Adds `gradient` at the first maximum, row by row, of columns that lie inside the image.
  template <int First, int End>
  CONVEXPR_INLINE void add(simd::Vector gradient) {
    constexpr int width = End - First;
    simd::Vector best = columns_[First];
    CONVEXPR_UNROLL
    for (int v = First + 1; v < End; ++v) best = simd::max(best, columns_[v]);
    simd::Vector rest = gradient;
    CONVEXPR_UNROLL
    for (int tap = 0; tap < Rows * width; ++tap) {
      const int k = (First + tap % width) * Rows + tap / width;
      const simd::Mask taken = pixels_[k] == best;
      sums_[k] = simd::add_where(taken, sums_[k], rest);
      rest = simd::select(taken, simd::zero(), rest);
    }
    sums_[First * Rows] = sums_[First * Rows] + rest;
  }
  /// Stores what no later window touches, and becomes the next.
  template <int First>
  CONVEXPR_INLINE void move_on() {
    store<First, Stride>();
    simd::unroll<kept * Rows>([&](auto k) {
      pixels_[k] = pixels_[k + Stride * Rows];
      sums_[k] = sums_[k + Stride * Rows];
    });
    simd::unroll<kept>([&](auto v) { columns_[v] = columns_[v + Stride]; });
    x_ += Stride * simd::lanes;
    dx_ += Stride * simd::lanes;
  }

 private:
  simd::Vector pixels_[3 * Rows];
  simd::Vector sums_[3 * Rows];
  simd::Vector columns_[3];  // their maxima
  const float* x_;
  float* dx_;
  std::ptrdiff_t row_step_x_;
  std::ptrdiff_t row_step_dx_;
};

/// Adds the gradients of a row of windows, 3 columns wide and `Rows` high, at their maxima.
template <int Rows, int Stride>
void add_at_maxima(const Scatter& to, int column, const float* gradient, const RowOfWindows& row) {
  RollingWindow<Rows, Stride> window(to, column);
  constexpr int kept = window.kept;
  if (row.one_before) {
    window.template load<1, 3>();
    window.template add<1, 3>(simd::load(gradient));
    window.template move_on<1>();
    gradient += simd::lanes;
  } else {
    window.template load<0, kept>();
  }
  const float* const end = gradient + row.count * simd::lanes;
  for (; gradient < end; gradient += simd::lanes) {
    window.template load<kept, 3>();
    window.template add<0, 3>(simd::load(gradient));
    window.template move_on<0>();
  }
  if (row.columns_behind == 2) {
    window.template load<kept, 2>();
    window.template add<0, 2>(simd::load(gradient));
    window.template store<0, 2>();
  } else {
    if (row.columns_behind == 1) window.template add<0, 1>(simd::load(gradient));
    window.template store<0, kept>();
  }
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
  const auto columns_of = [&](int j) {
    return detail::Taps::inside(x.width, j, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left);
  };
  const detail::RowOfWindows in_registers{
      .one_before = whole.begin == 1 && w.padding.left == 1,
      .count = whole.end - whole.begin,
      .columns_behind = whole.end < dy.width ? columns_of(whole.end).count : 0};
  constexpr auto add_rows = [](int stride, int rows) {
    return rows == 1     ? stride == 1 ? detail::add_at_maxima<1, 1> : detail::add_at_maxima<1, 2>
               : rows == 2 ? stride == 1 ? detail::add_at_maxima<2, 1> : detail::add_at_maxima<2, 2>
               : stride == 1 ? detail::add_at_maxima<3, 1>
                         : detail::add_at_maxima<3, 2>;
  };
  const auto scatter_row = [&](const detail::Scatter& to, const float* gradient, int rows) {
    const bool any = whole.begin < whole.end;
    const bool roll = any && rolls && rows > 0 && rows <= 3;
    const int first = whole.begin - (roll && in_registers.one_before ? 1 : 0);
    for (int j = 0; j < dy.width; ++j) {
      const int column = j * w.stride.w - w.padding.left;
      if (roll && j == first) {
        add_rows(w.stride.w, rows)(to, column, gradient + j * simd::lanes, in_registers);
        j = whole.end - (in_registers.columns_behind == 0 ? 1 : 0);
        continue;
      }
      if (any && pairs && rows == 2 && j == whole.begin) {
        detail::put_at_maxima_of_pairs(to, column, gradient + j * simd::lanes, whole.end - j);
        j = whole.end - 1;
        continue;
      }
      const detail::Taps columns = columns_of(j);
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
