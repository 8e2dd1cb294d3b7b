// Enlarging images by whole numbers: nearest pixels and bilinear interpolation, with the adjoints.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::kernels {

/// Enlarges by repeating each pixel.
///
///     y[c,i,j] = x[c, floor(i/s), floor(j/s)]
///
/// Shapes     x: C x H x W    y: C x sH x sW, both blocked; s may differ along the two axes
/// Cost       one store an element of y and vector
inline void upsample_nearest(const ConstMaps& x, const Maps& y) {
  const int scale_h = y.height / x.height;
  const int scale_w = y.width / x.width;
  const auto repeat_row = [&](const float* in, float* out) {
    for (int j = 0; j < x.width; ++j) {
      const simd::Vector pixel = simd::load(in + j * simd::lanes);
      for (int v = 0; v < scale_w; ++v, out += simd::lanes) simd::store(out, pixel);
    }
  };
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      for (int i = 0; i < x.height; ++i) {
        for (int u = 0; u < scale_h; ++u) {
          repeat_row(row_of(x, n, b, i), row_of(y, n, b, i * scale_h + u));
        }
      }
    }
  }
}

/// The adjoint of `upsample_nearest`: each pixel gathers the gradients of its copies.
///
/// Shapes     dy: C x sH x sW    dx: C x H x W, both blocked
/// Accuracy   sums of s*s elements
/// Ensures    dx is overwritten
inline void upsample_nearest_backward(const ConstMaps& dy, const Maps& dx) {
  const int scale_h = dy.height / dx.height;
  const int scale_w = dy.width / dx.width;
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      for (int i = 0; i < dx.height; ++i) {
        const float* in = row_of(dy, n, b, i * scale_h);
        float* const out = row_of(dx, n, b, i);
        for (int j = 0; j < dx.width; ++j, in += scale_w * simd::lanes) {
          simd::Vector total = simd::zero();
          for (int u = 0; u < scale_h; ++u) {
            for (int v = 0; v < scale_w; ++v) {
              total = total + simd::load(in + u * dy.row_stride + v * simd::lanes);
            }
          }
          simd::store(out + j * simd::lanes, total);
        }
      }
    }
  }
}

namespace detail {

/// How an axis is enlarged `scale` times by interpolation.
///
/// New element i stands at (i + 1/2) / scale - 1/2 of the old axis. So `lead` of them stand before
/// the centre of old element 0, where nothing lies beyond it; from each centre on follow `scale`,
/// number t of which has `weight(t)` of the next old element, and the rest of this one.
struct Interpolation {
  int scale;
  int lead;
  float first;
  float step;

  static constexpr Interpolation by(int scale) {
    const int lead = scale / 2;
    const auto s = static_cast<float>(scale);
    return {scale, lead, static_cast<float>(2 * lead + 1 - scale) / (2 * s), 1 / s};
  }
  constexpr float weight(int t) const { return first + static_cast<float>(t) * step; }
};

/// The old rows that new row i lies between, and what the lower one weighs.
struct RowPair {
  int above;
  int below;
  float weight;

  static constexpr RowPair at(const Interpolation& rows, int i, int height) {
    if (i < rows.lead) return {0, 0, 0};
    const int above = (i - rows.lead) / rows.scale;
    return {above, std::min(above + 1, height - 1), rows.weight((i - rows.lead) % rows.scale)};
  }
};

/// Writes one new row, between two old ones of `width` pixels.
inline void interpolate_row(const float* above, const float* below, float weight, float* out,
                            int width, const Interpolation& columns) {
  const simd::Vector down = simd::broadcast(weight);
  const auto column = [&](int j) {
    const simd::Vector top = simd::load(above + j * simd::lanes);
    return simd::fma(down, simd::load(below + j * simd::lanes) - top, top);
  };
  simd::Vector left = column(0);
  for (int t = 0; t < columns.lead; ++t, out += simd::lanes) simd::store(out, left);
  for (int j = 1; j < width; ++j) {
    const simd::Vector right = column(j);
    const simd::Vector rise = right - left;
    for (int t = 0; t < columns.scale; ++t, out += simd::lanes) {
      simd::store(out, simd::fma(simd::broadcast(columns.weight(t)), rise, left));
    }
    left = right;
  }
  for (int t = columns.lead; t < columns.scale; ++t, out += simd::lanes) simd::store(out, left);
}

/// Adds one new row's gradients to the two old ones that it was made of.
inline void spread_row(const float* in, float* above, float* below, float weight, int width,
                       const Interpolation& columns) {
  const simd::Vector down = simd::broadcast(weight);
  const auto add = [&](int j, simd::Vector gradient) {
    const simd::Vector part = down * gradient;
    float* const top = above + j * simd::lanes;
    simd::store(top, simd::load(top) + (gradient - part));
    float* const bottom = below + j * simd::lanes;  // may be the top
    simd::store(bottom, simd::load(bottom) + part);
  };
  simd::Vector from_left = simd::zero();
  for (int t = 0; t < columns.lead; ++t, in += simd::lanes) from_left = from_left + simd::load(in);
  for (int j = 1; j < width; ++j) {
    simd::Vector total = simd::zero();
    simd::Vector to_right = simd::zero();
    for (int t = 0; t < columns.scale; ++t, in += simd::lanes) {
      const simd::Vector gradient = simd::load(in);
      total = total + gradient;
      to_right = simd::fma(simd::broadcast(columns.weight(t)), gradient, to_right);
    }
    add(j - 1, from_left + (total - to_right));
    from_left = to_right;
  }
  for (int t = columns.lead; t < columns.scale; ++t, in += simd::lanes) {
    from_left = from_left + simd::load(in);
  }
  add(width - 1, from_left);
}

}  // namespace detail

/// Enlarges by interpolation between the centres of pixels.
///
///     y[c,i,j] = sum over h,w of (1 - |a - h|)(1 - |b - w|) x[c,h,w], over |a - h|, |b - w| < 1,
///     a = (i + 1/2)/s - 1/2 kept between 0 and H - 1, b likewise
///
/// Shapes     x: C x H x W    y: C x sH x sW, both blocked; s may differ along the two axes
/// Cost       one multiply-add an element of y and vector, two operations more a pixel of x
/// Accuracy   within 8 epsilon of the largest of the four pixels; a constant image stays as it is
inline void upsample_bilinear(const ConstMaps& x, const Maps& y) {
  const detail::Interpolation rows = detail::Interpolation::by(y.height / x.height);
  const detail::Interpolation columns = detail::Interpolation::by(y.width / x.width);
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      for (int i = 0; i < y.height; ++i) {
        const detail::RowPair pair = detail::RowPair::at(rows, i, x.height);
        detail::interpolate_row(row_of(x, n, b, pair.above), row_of(x, n, b, pair.below),
                                pair.weight, row_of(y, n, b, i), x.width, columns);
      }
    }
  }
}

/// The adjoint of `upsample_bilinear`: each gradient goes to the four pixels that its element was
/// made of, with the same weights.
///
/// Shapes     dy: C x sH x sW    dx: C x H x W, both blocked
/// Accuracy   sums of 4*s*s terms, each within 8 epsilon
/// Ensures    dx is overwritten
inline void upsample_bilinear_backward(const ConstMaps& dy, const Maps& dx) {
  const detail::Interpolation rows = detail::Interpolation::by(dy.height / dx.height);
  const detail::Interpolation columns = detail::Interpolation::by(dy.width / dx.width);
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      for (int i = 0; i < dx.height; ++i) {
        std::fill_n(row_of(dx, n, b, i), dx.width * simd::lanes, 0.0F);
      }
      for (int i = 0; i < dy.height; ++i) {
        const detail::RowPair pair = detail::RowPair::at(rows, i, dx.height);
        detail::spread_row(row_of(dy, n, b, i), row_of(dx, n, b, pair.above),
                           row_of(dx, n, b, pair.below), pair.weight, dx.width, columns);
      }
    }
  }
}

}  // namespace convexpr::kernels
