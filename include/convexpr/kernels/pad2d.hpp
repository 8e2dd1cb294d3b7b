// An image with a border around it, and the adjoint, which folds the border back.
//
// What stands where is told in shape/padding_mode.hpp. Along each axis, a side of a border that is
// copied from the image comes from elements a constant step apart, so that a row of the result is
// three runs of vectors without a question about the mode.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/padding_mode.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

namespace detail {

/// One side of a border along one axis: its k-th element is a copy of element `first + k * step`.
struct BorderSide {
  int size = 0;
  int first = 0;
  int step = 0;

  constexpr int source(int k) const { return first + k * step; }
};

/// An axis of an image between the two sides of its border.
struct BorderedAxis {
  BorderSide before;
  int size = 0;
  BorderSide after;

  /// Requires   a mode that copies: reflect, replicate or circular
  static constexpr BorderedAxis of(PaddingMode mode, int before, int size, int after) {
    switch (mode) {
      case PaddingMode::reflect: return {{before, before, -1}, size, {after, size - 2, -1}};
      case PaddingMode::circular: return {{before, size - before, 1}, size, {after, 0, 1}};
      default: return {{before, 0, 0}, size, {after, size - 1, 0}};
    }
  }
};

inline void copy_side(const float* row, const BorderSide& side, float* to) {
  for (int k = 0; k < side.size; ++k) {
    simd::store(to + k * simd::lanes, simd::load(row + side.source(k) * simd::lanes));
  }
}

/// One row of the image and the border left and right of it.
inline void copy_row(const float* row, const BorderedAxis& columns, float* to) {
  copy_side(row, columns.before, to);
  to += columns.before.size * simd::lanes;
  std::copy_n(row, columns.size * simd::lanes, to);
  copy_side(row, columns.after, to + columns.size * simd::lanes);
}

inline void add_vectors(const float* from, int count, float* to) {
  for (int j = 0; j < count * simd::lanes; j += simd::lanes) {
    simd::store(to + j, simd::load(to + j) + simd::load(from + j));
  }
}

inline void fold_side(const float* from, const BorderSide& side, float* row) {
  for (int k = 0; k < side.size; ++k) {
    add_vectors(from + k * simd::lanes, 1, row + side.source(k) * simd::lanes);
  }
}

/// The adjoint of what `copy_row` does left and right of the image.
inline void fold_sides(const float* from, const BorderedAxis& columns, float* row) {
  fold_side(from, columns.before, row);
  fold_side(from + (columns.before.size + columns.size) * simd::lanes, columns.after, row);
}

inline void fill_vectors(simd::Vector value, int count, float* to) {
  for (int j = 0; j < count; ++j) simd::store(to + j * simd::lanes, value);
}

inline simd::Vector sum_of_vectors(const float* from, int count) {
  simd::Vector sum = simd::zero();
  for (int j = 0; j < count; ++j) sum = sum + simd::load(from + j * simd::lanes);
  return sum;
}

/// The mean of each channel of one block over the image.
inline simd::Vector mean_of_block(const ConstMaps& x, int n, int b) {
  simd::Vector sum = simd::zero();
  for (int i = 0; i < x.height; ++i) sum = sum + sum_of_vectors(row_of(x, n, b, i), x.width);
  return sum / simd::broadcast(static_cast<float>(x.height) * static_cast<float>(x.width));
}

/// The sum of each channel of one block over the border.
inline simd::Vector sum_of_border(const ConstMaps& y, int n, int b, const Padding& p) {
  simd::Vector sum = simd::zero();
  for (int i = 0; i < y.height; ++i) {
    const float* const row = row_of(y, n, b, i);
    if (i < p.top || i >= y.height - p.bottom) {
      sum = sum + sum_of_vectors(row, y.width);
    } else {
      sum = sum + sum_of_vectors(row, p.left) +
            sum_of_vectors(row + (y.width - p.right) * simd::lanes, p.right);
    }
  }
  return sum;
}

/// One block of channels with one value for each of them all around.
inline void pad_with(simd::Vector value, const ConstMaps& x, const Maps& y, int n, int b,
                     const Padding& p) {
  for (int i = 0; i < y.height; ++i) {
    float* const out = row_of(y, n, b, i);
    if (i < p.top || i >= y.height - p.bottom) {
      fill_vectors(value, y.width, out);
      continue;
    }
    fill_vectors(value, p.left, out);
    std::copy_n(row_of(x, n, b, i - p.top), x.width * simd::lanes, out + p.left * simd::lanes);
    fill_vectors(value, p.right, out + (p.left + x.width) * simd::lanes);
  }
}

/// One block of channels with copies of its own rows and columns all around.
inline void pad_with_copies(const ConstMaps& x, const Maps& y, int n, int b,
                            const BorderedAxis& rows, const BorderedAxis& columns) {
  const auto copy = [&](int from, int to) {
    copy_row(row_of(x, n, b, from), columns, row_of(y, n, b, to));
  };
  for (int k = 0; k < rows.before.size; ++k) copy(rows.before.source(k), k);
  for (int i = 0; i < rows.size; ++i) copy(i, rows.before.size + i);
  for (int k = 0; k < rows.after.size; ++k) {
    copy(rows.after.source(k), rows.before.size + rows.size + k);
  }
}

/// The adjoint of `pad_with_copies`.
inline void fold_copies(const ConstMaps& dy, const Maps& dx, int n, int b, const BorderedAxis& rows,
                        const BorderedAxis& columns) {
  for (int i = 0; i < rows.size; ++i) {
    const float* const in = row_of(dy, n, b, rows.before.size + i);
    float* const out = row_of(dx, n, b, i);
    std::copy_n(in + columns.before.size * simd::lanes, columns.size * simd::lanes, out);
    fold_sides(in, columns, out);
  }
  const auto fold = [&](int from, int to) {
    const float* const in = row_of(dy, n, b, from);
    float* const out = row_of(dx, n, b, to);
    add_vectors(in + columns.before.size * simd::lanes, columns.size, out);
    fold_sides(in, columns, out);
  };
  for (int k = 0; k < rows.before.size; ++k) fold(k, rows.before.source(k));
  for (int k = 0; k < rows.after.size; ++k) {
    fold(rows.before.size + rows.size + k, rows.after.source(k));
  }
}

}  // namespace detail

/// An image with a border around it.
///
///     y[c,i,j] = x[c, i - top, j - left] inside; shape/padding_mode.hpp says what is outside
///
/// Shapes     x: C x H x W    y: C x (top + H + bottom) x (left + W + right), both blocked
/// Accuracy   exact but for the mean, whose rows are summed first, then their sums: its error grows
///            with H + W
/// Requires   y apart from x; no negative padding; a reflected one smaller than the image, a
///            circular one no larger
/// Ensures    only the image of y is written: what lies around that is another border
inline void pad2d(const ConstMaps& x, const Maps& y, const Padding& p, PaddingMode mode) {
  using detail::BorderedAxis;
  const BorderedAxis rows = BorderedAxis::of(mode, p.top, x.height, p.bottom);
  const BorderedAxis columns = BorderedAxis::of(mode, p.left, x.width, p.right);
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      if (mode == PaddingMode::zeros) {
        detail::pad_with(simd::zero(), x, y, n, b, p);
      } else if (mode == PaddingMode::mean) {
        detail::pad_with(detail::mean_of_block(x, n, b), x, y, n, b, p);
      } else {
        detail::pad_with_copies(x, y, n, b, rows, columns);
      }
    }
  }
}

/// The adjoint of `pad2d`: each element collects what stands for it in the border; of a mean each
/// gets an equal share.
///
///     dx[c,i,j] = dy[c, i + top, j + left] + sum of dy over the copies of x[c,i,j]
///     mean: ... + (sum of dy over the border) / (H * W)
///
/// Shapes     dy: C x (top + H + bottom) x (left + W + right)    dx: C x H x W, both blocked
/// Accuracy   n * epsilon * sum |dy| for n terms
/// Requires   dx apart from dy; a padding as for `pad2d`
/// Ensures    dx is overwritten
inline void pad2d_backward(const ConstMaps& dy, const Maps& dx, const Padding& p,
                           PaddingMode mode) {
  using detail::BorderedAxis;
  const BorderedAxis rows = BorderedAxis::of(mode, p.top, dx.height, p.bottom);
  const BorderedAxis columns = BorderedAxis::of(mode, p.left, dx.width, p.right);
  const float pixels = static_cast<float>(dx.height) * static_cast<float>(dx.width);
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      if (mode != PaddingMode::zeros && mode != PaddingMode::mean) {
        detail::fold_copies(dy, dx, n, b, rows, columns);
        continue;
      }
      const simd::Vector share = mode == PaddingMode::mean
                                     ? detail::sum_of_border(dy, n, b, p) / simd::broadcast(pixels)
                                     : simd::zero();
      for (int i = 0; i < dx.height; ++i) {
        const float* const in = row_of(dy, n, b, i + p.top) + p.left * simd::lanes;
        float* const out = row_of(dx, n, b, i);
        for (int j = 0; j < dx.width * simd::lanes; j += simd::lanes) {
          simd::store(out + j, simd::load(in + j) + share);
        }
      }
    }
  }
}

}  // namespace convexpr::kernels
