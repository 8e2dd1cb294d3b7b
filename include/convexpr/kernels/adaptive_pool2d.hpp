// Pooling to a given size, by means and by maxima, with the adjoints. Of size 1 x 1 it is pooling
// over the whole image.
//
// Which part of the image an output stands for is told in shape/window.hpp.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/max_pool2d_backward.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <limits>

namespace convexpr::kernels {

namespace detail {

/// Joins rows x columns pixels by `join`, from `first` on. Four running results, so that none waits
/// for the one before it; `start` changes nothing that it is joined to.
template <class F>
CONVEXPR_INLINE simd::Vector reduce_area(const float* first, int rows, int columns,
                                         std::ptrdiff_t row_stride, simd::Vector start, F join) {
  simd::Vector results[4] = {start, start, start, start};
  for (int u = 0; u < rows; ++u) {
    const float* const row = first + u * row_stride;
    int v = 0;
    for (; v + 4 <= columns; v += 4) {
      CONVEXPR_UNROLL
      for (int k = 0; k < 4; ++k) {
        results[k] = join(results[k], simd::load(row + (v + k) * simd::lanes));
      }
    }
    for (; v < columns; ++v) results[0] = join(results[0], simd::load(row + v * simd::lanes));
  }
  return join(join(results[0], results[1]), join(results[2], results[3]));
}

/// An output of one block of channels, and the part of the image that it stands for.
struct PooledPart {
  int example;
  int block;
  int i;
  int j;
  window::Part rows;
  window::Part columns;

  template <class T>
  T* first_in(const FeatureMaps<T>& image) const {
    return row_of(image, example, block, rows.begin) + columns.begin * simd::lanes;
  }
  template <class T>
  T* at(const FeatureMaps<T>& pooled) const {
    return row_of(pooled, example, block, i) + j * simd::lanes;
  }
  simd::Vector pixels() const {
    return simd::broadcast(static_cast<float>(rows.size) * static_cast<float>(columns.size));
  }
};

/// Calls f(part) for every output of every block and example.
template <class Image, class Pooled, class F>
void for_each_part(const Image& image, const Pooled& pooled, F f) {
  const window::Parts all_rows(image.height, pooled.height);
  const window::Parts all_columns(image.width, pooled.width);
  for (int n = 0; n < image.examples; ++n) {
    for (int b = 0; b < blocks(image.channels, simd::lanes); ++b) {
      window::Parts rows = all_rows;
      for (int i = 0; i < pooled.height; ++i) {
        PooledPart part{n, b, i, 0, rows.next(), {}};
        window::Parts columns = all_columns;
        for (; part.j < pooled.width; ++part.j) {
          part.columns = columns.next();
          f(part);
        }
      }
    }
  }
}

inline void fill_with_zeros(const Maps& maps) {
  for (int n = 0; n < maps.examples; ++n) {
    for (int b = 0; b < blocks(maps.channels, simd::lanes); ++b) {
      for (int i = 0; i < maps.height; ++i) {
        std::fill_n(row_of(maps, n, b, i), maps.width * simd::lanes, 0.0F);
      }
    }
  }
}

}  // namespace detail

/// Average pooling to the size of y.
///
///     y[c,i,j] = mean of x[c,h,w] over floor(i*H/H') <= h < ceil((i+1)*H/H'), likewise w
///
/// Shapes     x: C x H x W    y: C x H' x W', both blocked
/// Cost       one addition a pixel of each part and vector
/// Accuracy   within (pixels of a part) epsilon of their largest magnitude
inline void adaptive_avg_pool2d(const ConstMaps& x, const Maps& y) {
  detail::for_each_part(x, y, [&](const detail::PooledPart& part) {
    const simd::Vector total =
        detail::reduce_area(part.first_in(x), part.rows.size, part.columns.size, x.row_stride,
                            simd::zero(), [](simd::Vector a, simd::Vector b) { return a + b; });
    simd::store(part.at(y), total / part.pixels());
  });
}

/// The adjoint of `adaptive_avg_pool2d`.
///
/// Shapes     dy: C x H' x W'    dx: C x H x W, both blocked
/// Ensures    dx is overwritten
inline void adaptive_avg_pool2d_backward(const ConstMaps& dy, const Maps& dx) {
  detail::fill_with_zeros(dx);
  detail::for_each_part(dx, dy, [&](const detail::PooledPart& part) {
    const simd::Vector share = simd::load(part.at(dy)) / part.pixels();
    float* const first = part.first_in(dx);
    for (int u = 0; u < part.rows.size; ++u) {
      for (int v = 0; v < part.columns.size; ++v) {
        float* const target = first + u * dx.row_stride + v * simd::lanes;
        simd::store(target, simd::load(target) + share);
      }
    }
  });
}

/// Max pooling to the size of y.
///
///     y[c,i,j] = max of x[c,h,w] over floor(i*H/H') <= h < ceil((i+1)*H/H'), likewise w
///
/// NaN propagates.
///
/// Shapes     x: C x H x W    y: C x H' x W', both blocked
/// Cost       one maximum a pixel of each part and vector
inline void adaptive_max_pool2d(const ConstMaps& x, const Maps& y) {
  const simd::Vector least = simd::broadcast(-std::numeric_limits<float>::infinity());
  detail::for_each_part(x, y, [&](const detail::PooledPart& part) {
    simd::store(part.at(y),
                detail::reduce_area(part.first_in(x), part.rows.size, part.columns.size,
                                    x.row_stride, least, [](simd::Vector best, simd::Vector pixel) {
                                      return detail::larger(best, pixel);
                                    }));
  });
}

/// The adjoint of `adaptive_max_pool2d`: every gradient goes to the first maximum, in row-major
/// order, of the part that it came from. One of a part that holds NaN goes to a single pixel of it.
///
/// Shapes     x, dx: C x H x W    dy: C x H' x W', all blocked
/// Ensures    dx is overwritten
inline void adaptive_max_pool2d_backward(const ConstMaps& x, const ConstMaps& dy, const Maps& dx) {
  detail::fill_with_zeros(dx);
  detail::for_each_part(x, dy, [&](const detail::PooledPart& part) {
    const detail::Scatter to{row_of(x, part.example, part.block, part.rows.begin),
                             row_of(dx, part.example, part.block, part.rows.begin), x.row_stride,
                             dx.row_stride, simd::lanes};
    detail::add_at_maximum(to, part.columns.begin, simd::load(part.at(dy)), part.rows.size,
                           part.columns.size);
  });
}

}  // namespace convexpr::kernels
