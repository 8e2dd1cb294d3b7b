// Average pooling, over windows and over the whole image, with the adjoints.
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

namespace convexpr::kernels {

namespace detail {

/// The part of a pooling window, along one axis, that lies inside the image, and what it counts.
struct Stretch {
  int begin;
  int size;
  int padded_size;  // elements inside the padded image

  static constexpr Stretch at(int out, int kernel, int stride, int before, int after, int length) {
    const int start = out * stride - before;
    const int padded_end = std::min(start + kernel, length + after);
    const int begin = std::max(start, 0);
    return {begin, std::max(0, std::min(padded_end, length) - begin), padded_end - start};
  }
};

constexpr Stretch rows_under(const Window& w, int i, int height) {
  return Stretch::at(i, w.kernel.h, w.stride.h, w.padding.top, w.padding.bottom, height);
}
constexpr Stretch columns_under(const Window& w, int j, int width) {
  return Stretch::at(j, w.kernel.w, w.stride.w, w.padding.left, w.padding.right, width);
}

/// The sum of `rows` x `columns` pixels. Windows of 2x2 are so few that a loop would cost more.
CONVEXPR_INLINE simd::Vector window_sum(const float* first, std::ptrdiff_t row, int rows,
                                        int columns) {
  if (rows == 2 && columns == 2) {
    const float* const below = first + row;
    return simd::load(first) + simd::load(first + simd::lanes) +
           (simd::load(below) + simd::load(below + simd::lanes));
  }
  simd::Vector total = simd::zero();
  for (int u = 0; u < rows; ++u) {
    for (int v = 0; v < columns; ++v) {
      total = total + simd::load(first + u * row + v * simd::lanes);
    }
  }
  return total;
}

/// What each element under a window weighs.
class Shares {
 public:
  Shares(const Window& w, bool count_include_pad)
      : all_(w.kernel.h * w.kernel.w),
        of_all_(1.0F / static_cast<float>(all_)),
        padded_(count_include_pad) {}

  /// Most windows are whole, and take no division.
  float of(const Stretch& rows, const Stretch& columns) const {
    const int count = padded_ ? rows.padded_size * columns.padded_size : rows.size * columns.size;
    if (count == all_) return of_all_;
    return count > 0 ? 1.0F / static_cast<float>(count) : 0.0F;
  }

 private:
  int all_;
  float of_all_;
  bool padded_;
};

}  // namespace detail

/// Average pooling.
///
///     y[c,i,j] = sum over u,v of x[c, i*s + u - p, j*s + v - p] / count
///
/// Elements outside the image are zero. With `count_include_pad` the count is that of the elements
/// under the window inside the padded image, else inside the image; a window that a rounded-up
/// extent lets hang over the padding counts what it covers, as in PyTorch.
///
/// Shapes     x: C x H x W    y: C x H' x W', as shape/window.hpp counts them, both blocked
/// Cost       one addition a tap and vector
/// Requires   dilation 1
inline void avg_pool2d(const ConstMaps& x, const Maps& y, const Window& w, bool count_include_pad) {
  const detail::Shares shares(w, count_include_pad);
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      for (int i = 0; i < y.height; ++i) {
        const detail::Stretch rows = detail::rows_under(w, i, x.height);
        const float* const in = row_of(x, n, b, rows.begin);
        float* const out = row_of(y, n, b, i);
        for (int j = 0; j < y.width; ++j) {
          const detail::Stretch columns = detail::columns_under(w, j, x.width);
          const float* const first = in + columns.begin * simd::lanes;
          const simd::Vector total =
              detail::window_sum(first, x.row_stride, rows.size, columns.size);
          const float weight = shares.of(rows, columns);
          simd::store(out + j * simd::lanes, total * simd::broadcast(weight));
        }
      }
    }
  }
}

/// The adjoint of `avg_pool2d`.
///
/// Shapes     dy: C x H' x W'    dx: C x H x W, both blocked
/// Ensures    dx is overwritten
inline void avg_pool2d_backward(const ConstMaps& dy, const Maps& dx, const Window& w,
                                bool count_include_pad) {
  const detail::Shares shares(w, count_include_pad);
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      for (int i = 0; i < dx.height; ++i) {
        std::fill_n(row_of(dx, n, b, i), dx.width * simd::lanes, 0.0F);
      }
      for (int i = 0; i < dy.height; ++i) {
        const detail::Stretch rows = detail::rows_under(w, i, dx.height);
        const float* const in = row_of(dy, n, b, i);
        float* const out = row_of(dx, n, b, rows.begin);
        for (int j = 0; j < dy.width; ++j) {
          const detail::Stretch columns = detail::columns_under(w, j, dx.width);
          const float weight = shares.of(rows, columns);
          const simd::Vector part = simd::load(in + j * simd::lanes) * simd::broadcast(weight);
          float* const first = out + columns.begin * simd::lanes;
          for (int u = 0; u < rows.size; ++u) {
            for (int v = 0; v < columns.size; ++v) {
              float* const target = first + u * dx.row_stride + v * simd::lanes;
              simd::store(target, simd::load(target) + part);
            }
          }
        }
      }
    }
  }
}

/// The average of each channel over the image.
///
///     y[c] = sum over i,j of x[c,i,j] / (H * W)
///
/// Shapes     x: C x H x W    y: C x 1 x 1, both blocked
/// Accuracy   rows are summed first, then their sums: error grows with H + W
inline void global_avg_pool2d(const ConstMaps& x, const Maps& y) {
  const float count = static_cast<float>(x.height) * static_cast<float>(x.width);
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      simd::Vector total = simd::zero();
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        simd::Vector row = simd::zero();
        for (int j = 0; j < x.width; ++j) row = row + simd::load(in + j * simd::lanes);
        total = total + row;
      }
      simd::store(row_of(y, n, b, 0), total / simd::broadcast(count));
    }
  }
}

/// The adjoint of `global_avg_pool2d`.
///
///     dx[c,i,j] = dy[c] / (H * W)
///
/// Shapes     dy: C x 1 x 1    dx: C x H x W, both blocked
/// Ensures    dx is overwritten
inline void global_avg_pool2d_backward(const ConstMaps& dy, const Maps& dx) {
  const float count = static_cast<float>(dx.height) * static_cast<float>(dx.width);
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      const simd::Vector part = simd::load(row_of(dy, n, b, 0)) / simd::broadcast(count);
      for (int i = 0; i < dx.height; ++i) {
        float* const out = row_of(dx, n, b, i);
        for (int j = 0; j < dx.width; ++j) simd::store(out + j * simd::lanes, part);
      }
    }
  }
}

}  // namespace convexpr::kernels
