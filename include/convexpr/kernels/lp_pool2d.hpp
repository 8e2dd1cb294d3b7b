// Pooling by the L^p norm of each window, and its adjoint.
//
// What a window is and where it may stand is told in shape/window.hpp.
#pragma once

#include <algorithm>
#include <convexpr/kernels/avg_pool2d.hpp>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

namespace detail {

/// x^exponent by multiplication.
CONVEXPR_INLINE simd::Vector whole_power(simd::Vector x, int exponent) {
  simd::Vector result = simd::broadcast(1.0F);
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = result * x;
    x = x * x;
  }
  return result;
}

CONVEXPR_INLINE simd::Vector magnitude(simd::Vector x) { return simd::max(x, simd::zero() - x); }

// Below, Power is that of the pool where it is 1 or 2, else 0.

/// The real root of a sum, with the sum's sign.
template <int Power>
CONVEXPR_INLINE simd::Vector signed_root(simd::Vector sum, int power) {
  if constexpr (Power == 1) {
    return sum;
  } else if constexpr (Power == 2) {
    return simd::sqrt(sum);
  } else {
    const simd::Vector exponent = simd::broadcast(1.0F / static_cast<float>(power));
    const simd::Vector root = simd::pow(magnitude(sum), exponent);
    return simd::select(sum < simd::zero(), simd::zero() - root, root);
  }
}

/// What each power under a window weighs: all positions of the window over those that count.
constexpr float lp_share(const Window& w, const Stretch& rows, const Stretch& columns) {
  return static_cast<float>(w.kernel.h * w.kernel.w) /
         static_cast<float>(rows.padded_size * columns.padded_size);
}

template <int Power>
void lp_pool2d_maps(const ConstMaps& x, const Maps& y, const Window& w, int power) {
  const auto add_power = [&](simd::Vector total, simd::Vector v) {
    if constexpr (Power == 1) {
      return total + v;
    } else if constexpr (Power == 2) {
      return simd::fma(v, v, total);
    } else {
      return total + whole_power(v, power);
    }
  };
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      for (int i = 0; i < y.height; ++i) {
        const Stretch rows = rows_under(w, i, x.height);
        const float* const in = row_of(x, n, b, rows.begin);
        float* const out = row_of(y, n, b, i);
        for (int j = 0; j < y.width; ++j) {
          const Stretch columns = columns_under(w, j, x.width);
          const float* const first = in + columns.begin * simd::lanes;
          simd::Vector total = simd::zero();
          for (int u = 0; u < rows.size; ++u) {
            for (int v = 0; v < columns.size; ++v) {
              total = add_power(total, simd::load(first + u * x.row_stride + v * simd::lanes));
            }
          }
          total = total * simd::broadcast(lp_share(w, rows, columns));
          simd::store(out + j * simd::lanes, signed_root<Power>(total, power));
        }
      }
    }
  }
}

/// Where the gradients of one row of windows go: the rows of x and dx under it.
struct LpRow {
  const float* x;
  float* dx;
  std::ptrdiff_t row_stride_x;
  std::ptrdiff_t row_stride_dx;
};

/// Adds weight * (x / |y|)^(power - 1) to dx under one window; nothing in the lanes where y is 0.
template <int Power>
CONVEXPR_INLINE void spread_window(const LpRow& to, simd::Vector y, simd::Vector weight,
                                   const Stretch& rows, const Stretch& columns, int power) {
  const simd::Mask none = y == simd::zero();
  const simd::Vector inverse =
      simd::select(none, simd::zero(), simd::broadcast(1.0F) / magnitude(y));
  weight = simd::select(none, simd::zero(), weight);
  if constexpr (Power == 2) weight = weight * inverse;
  for (int u = 0; u < rows.size; ++u) {
    const float* const x = to.x + u * to.row_stride_x + columns.begin * simd::lanes;
    float* const dx = to.dx + u * to.row_stride_dx + columns.begin * simd::lanes;
    for (int v = 0; v < columns.size; ++v) {
      float* const target = dx + v * simd::lanes;
      simd::Vector slope = simd::broadcast(1.0F);
      if constexpr (Power == 2) slope = simd::load(x + v * simd::lanes);
      if constexpr (Power == 0) {
        slope = whole_power(simd::load(x + v * simd::lanes) * inverse, power - 1);
      }
      simd::store(target, simd::fma(weight, slope, simd::load(target)));
    }
  }
}

template <int Power>
void lp_pool2d_adjoint(const ConstMaps& x, const ConstMaps& y, const ConstMaps& dy, const Maps& dx,
                       const Window& w, int power) {
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      for (int i = 0; i < dx.height; ++i) {
        std::fill_n(row_of(dx, n, b, i), dx.width * simd::lanes, 0.0F);
      }
      for (int i = 0; i < dy.height; ++i) {
        const Stretch rows = rows_under(w, i, dx.height);
        const LpRow to{row_of(x, n, b, rows.begin), row_of(dx, n, b, rows.begin), x.row_stride,
                       dx.row_stride};
        const float* const norms = row_of(y, n, b, i);
        const float* const gradients = row_of(dy, n, b, i);
        for (int j = 0; j < dy.width; ++j) {
          const Stretch columns = columns_under(w, j, dx.width);
          const simd::Vector weight =
              simd::load(gradients + j * simd::lanes) * simd::broadcast(lp_share(w, rows, columns));
          spread_window<Power>(to, simd::load(norms + j * simd::lanes), weight, rows, columns,
                               power);
        }
      }
    }
  }
}

}  // namespace detail

/// Pooling by the L^p norm.
///
///     y[c,i,j] = (kh*kw/n * sum over u,v of x[c, i*s + u - p, j*s + v - p]^P)^(1/P)
///     n = positions of the window inside the padded image
///
/// Elements outside the image are zero. The root of a negative sum, which an odd P may have, is the
/// real one. NaN propagates.
///
/// Shapes     x: C x H x W    y: C x H' x W', as shape/window.hpp counts them, both blocked
/// Cost       a tap and vector: for P = 1 an addition, for P = 2 a multiply-add, else up to
///            2 log2(P) multiplications more; a window and vector: a square root for P = 2, a
///            logarithm and an exponential for P > 2
/// Accuracy   the sum within (kh*kw + P + 1) epsilon of the sum of |x|^P; its root within 1 epsilon
///            for P = 2, (3 + 2 |log sum| / P) epsilon for P > 2
/// Requires   dilation 1, power >= 1
inline void lp_pool2d(const ConstMaps& x, const Maps& y, const Window& w, int power) {
  if (power == 1) {
    detail::lp_pool2d_maps<1>(x, y, w, power);
  } else if (power == 2) {
    detail::lp_pool2d_maps<2>(x, y, w, power);
  } else {
    detail::lp_pool2d_maps<0>(x, y, w, power);
  }
}

/// The adjoint of `lp_pool2d` at x, from x and y = lp_pool2d(x).
///
///     dx[c,h,w] = sum over the windows that hold (h, w) of
///                 dy[c,i,j] * kh*kw/n * (x[c,h,w] / |y[c,i,j]|)^(P-1), nothing where y is 0
///
/// Shapes     x, dx: C x H x W    y, dy: C x H' x W', all blocked
/// Accuracy   each term within 2P epsilon, and P - 1 times the relative error of y
/// Ensures    dx is overwritten
inline void lp_pool2d_backward(const ConstMaps& x, const ConstMaps& y, const ConstMaps& dy,
                               const Maps& dx, const Window& w, int power) {
  if (power == 1) {
    detail::lp_pool2d_adjoint<1>(x, y, dy, dx, w, power);
  } else if (power == 2) {
    detail::lp_pool2d_adjoint<2>(x, y, dy, dx, w, power);
  } else {
    detail::lp_pool2d_adjoint<0>(x, y, dy, dx, w, power);
  }
}

}  // namespace convexpr::kernels
