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

/// The maximum of Kernel x Kernel pixels from `first` on, in registers.
template <int Kernel>
CONVEXPR_INLINE simd::Vector whole_maximum(const float* first, std::ptrdiff_t row_step,
                                           std::ptrdiff_t step) {
  simd::Vector best = simd::load(first);
  simd::unroll<Kernel * Kernel - 1>([&](auto tap) __attribute__((always_inline)) {
    constexpr int u = (tap + 1) / Kernel;
    constexpr int v = (tap + 1) % Kernel;
    best = larger(best, simd::load(first + u * row_step + v * step));
  });
  return best;
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

/// Pools with a square kernel of `Kernel` taps, or of any extent for 0.
template <int Kernel>
void max_pool2d_kernel(const ConstMaps& x, const Maps& y, const Window& w) {
  const std::ptrdiff_t row_step = w.dilation.h * x.row_stride;
  const std::ptrdiff_t step = w.dilation.w * simd::lanes;
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
      for (int i = 0; i < y.height; ++i) {
        const Taps rows =
            Taps::inside(x.height, i, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top);
        const float* const in = row_of(x, n, b, rows.first);
        float* const out = row_of(y, n, b, i);
        for (int j = 0; j < y.width; ++j) {
          const Taps columns =
              Taps::inside(x.width, j, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left);
          const float* const first = in + columns.first * simd::lanes;
          simd::Vector best;
          if (Kernel != 0 && rows.count == Kernel && columns.count == Kernel) {
            best = whole_maximum < Kernel == 0 ? 1 : Kernel > (first, row_step, step);
          } else {
            best = clipped_maximum(first, rows.count, columns.count, row_step, step);
            best = simd::select(inside, best, simd::zero());
          }
          simd::store(out + j * simd::lanes, best);
        }
      }
    }
  }
}

/// Adds `gradient` to dx at the first maximum of x among `rows` x `columns` pixels, lane by lane.
inline void add_at_maximum(const float* x, float* dx, simd::Vector gradient, const Taps& rows,
                           const Taps& columns, std::ptrdiff_t row_step_x,
                           std::ptrdiff_t row_step_dx, std::ptrdiff_t step) {
  simd::Vector best = simd::broadcast(-std::numeric_limits<float>::infinity());
  simd::Vector at = simd::zero();  // which tap it is: exact, there are fewer than 2^24
  float tap = 0.0F;
  for (int u = 0; u < rows.count; ++u) {
    for (int v = 0; v < columns.count; ++v, tap += 1.0F) {
      const simd::Vector here = simd::load(x + u * row_step_x + v * step);
      const simd::Mask taken = (here > best) | simd::is_nan(here);
      best = simd::select(taken, here, best);
      at = simd::select(taken, simd::broadcast(tap), at);
    }
  }
  tap = 0.0F;
  for (int u = 0; u < rows.count; ++u) {
    for (int v = 0; v < columns.count; ++v, tap += 1.0F) {
      float* const target = dx + u * row_step_dx + v * step;
      const simd::Vector share = simd::select(at == simd::broadcast(tap), gradient, simd::zero());
      simd::store(target, simd::load(target) + share);
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
/// Cost       one load and one maximum a tap and vector
inline void max_pool2d(const ConstMaps& x, const Maps& y, const Window& w) {
  if (w.kernel == Extent2(3)) {
    detail::max_pool2d_kernel<3>(x, y, w);
  } else if (w.kernel == Extent2(2)) {
    detail::max_pool2d_kernel<2>(x, y, w);
  } else {
    detail::max_pool2d_kernel<0>(x, y, w);
  }
}

/// The adjoint of `max_pool2d`: every gradient goes to the first maximum, in row-major order, of
/// the window that it came from.
///
/// Shapes     x, dx: C x H x W    dy: C x H' x W', all blocked
/// Ensures    dx is overwritten
inline void max_pool2d_backward(const ConstMaps& x, const ConstMaps& dy, const Maps& dx,
                                const Window& w) {
  const std::ptrdiff_t step = w.dilation.w * simd::lanes;
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      for (int i = 0; i < x.height; ++i) {
        std::fill_n(row_of(dx, n, b, i), x.width * simd::lanes, 0.0F);
      }
      for (int i = 0; i < dy.height; ++i) {
        const detail::Taps rows =
            detail::Taps::inside(x.height, i, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top);
        const float* const gradient = row_of(dy, n, b, i);
        for (int j = 0; j < dy.width; ++j) {
          const detail::Taps columns = detail::Taps::inside(x.width, j, w.kernel.w, w.stride.w,
                                                            w.dilation.w, w.padding.left);
          const std::ptrdiff_t first = columns.first * simd::lanes;
          detail::add_at_maximum(row_of(x, n, b, rows.first) + first,
                                 row_of(dx, n, b, rows.first) + first,
                                 simd::load(gradient + j * simd::lanes), rows, columns,
                                 w.dilation.h * x.row_stride, w.dilation.h * dx.row_stride, step);
        }
      }
    }
  }
}

}  // namespace convexpr::kernels
