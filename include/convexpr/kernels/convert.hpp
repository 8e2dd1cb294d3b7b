// Feature maps moved from one layout to another: the plain C x H x W of the interface to blocks and
// back, the flattening before a dense layer, the slices of a concatenation.
//
// Layouts are told in kernels/feature_maps.hpp.
#pragma once

#include <algorithm>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/extent.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// The first element of row `i` in one block of channels of one example.
template <class T>
constexpr T* row_of(const FeatureMaps<T>& maps, int example, int block, int i) {
  return maps.data + example * maps.example_stride + block * maps.block_stride +
         i * maps.row_stride;
}

namespace detail {

/// Interleaves up to `interleave` planes of one example into block `block` of y.
inline void fill_block(const float* planes, const Maps& y, int example, int block, int interleave) {
  const std::ptrdiff_t area = static_cast<std::ptrdiff_t>(y.height) * y.width;
  const int count = std::min(interleave, y.channels - block * interleave);
  for (int i = 0; i < y.height; ++i) {
    float* const out = row_of(y, example, block, i);
    if (count < interleave) std::fill_n(out, y.width * interleave, 0.0F);
    for (int c = 0; c < count; ++c) {
      const float* const in = planes + c * area + static_cast<std::ptrdiff_t>(i) * y.width;
      for (int j = 0; j < y.width; ++j) out[j * interleave + c] = in[j];
    }
  }
}

/// Writes the channels of block `block` of x to consecutive planes.
inline void empty_block(const ConstMaps& x, float* planes, int example, int block, int interleave) {
  const std::ptrdiff_t area = static_cast<std::ptrdiff_t>(x.height) * x.width;
  const int count = std::min(interleave, x.channels - block * interleave);
  for (int i = 0; i < x.height; ++i) {
    const float* const in = row_of(x, example, block, i);
    for (int c = 0; c < count; ++c) {
      float* const out = planes + c * area + static_cast<std::ptrdiff_t>(i) * x.width;
      for (int j = 0; j < x.width; ++j) out[j] = in[j * interleave + c];
    }
  }
}

/// Floats that one block of an image holds when its planes follow one another.
inline std::ptrdiff_t block_size(int height, int width, int interleave) {
  return static_cast<std::ptrdiff_t>(interleave) * height * width;
}

}  // namespace detail

/// Lays plain images out as feature maps.
///
/// Shapes     x: N x C x H x W, contiguous    y: N maps of C x H x W, blocked or planar
/// Parameters interleave: simd::lanes or 1, as y is laid out
/// Ensures    lanes past the last channel are zero; the border of y is not touched
inline void from_planar(const float* x, const Maps& y, int interleave) {
  const std::ptrdiff_t area = static_cast<std::ptrdiff_t>(y.height) * y.width;
  for (int n = 0; n < y.examples; ++n) {
    for (int b = 0; b < blocks(y.channels, interleave); ++b) {
      const std::ptrdiff_t channel = static_cast<std::ptrdiff_t>(n) * y.channels + b * interleave;
      detail::fill_block(x + channel * area, y, n, b, interleave);
    }
  }
}

/// Lays feature maps out as plain images: the inverse of `from_planar`.
///
/// Shapes     x: N maps of C x H x W, blocked or planar    y: N x C x H x W, contiguous
/// Parameters interleave: simd::lanes or 1, as x is laid out
inline void to_planar(const ConstMaps& x, float* y, int interleave) {
  const std::ptrdiff_t area = static_cast<std::ptrdiff_t>(x.height) * x.width;
  for (int n = 0; n < x.examples; ++n) {
    for (int b = 0; b < blocks(x.channels, interleave); ++b) {
      const std::ptrdiff_t channel = static_cast<std::ptrdiff_t>(n) * x.channels + b * interleave;
      detail::empty_block(x, y + channel * area, n, b, interleave);
    }
  }
}

/// Writes zeros around every block's image.
///
/// Units      border in elements
/// Requires   the border is the whole of what lies around the image, so that rows follow one
///            another: row_stride == (left + W + right) * interleave
inline void clear_border(const Maps& y, const Padding& border, int interleave) {
  const std::ptrdiff_t above = border.top * y.row_stride + border.left * interleave;
  const std::ptrdiff_t between = (border.left + border.right) * interleave;
  const std::ptrdiff_t below = border.bottom * y.row_stride + border.right * interleave;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(y.width) * interleave;
  for (int n = 0; n < y.examples; ++n) {
    for (int b = 0; b < blocks(y.channels, interleave); ++b) {
      std::fill_n(row_of(y, n, b, 0) - above, above, 0.0F);
      for (int i = 0; i + 1 < y.height; ++i) {
        std::fill_n(row_of(y, n, b, i) + row, between, 0.0F);
      }
      std::fill_n(row_of(y, n, b, y.height - 1) + row, below, 0.0F);
    }
  }
}

/// An image as a vector of features, in the order C, H, W.
///
/// Shapes     x: C x H x W    y: C*H*W features
/// Requires   the blocks of y follow one another: block_stride == simd::lanes
/// Ensures    lanes past the last feature are zero
inline void flatten(const ConstMaps& x, const Maps& y) {
  const std::ptrdiff_t size = detail::block_size(x.height, x.width, simd::lanes);
  for (int n = 0; n < x.examples; ++n) {
    float* const out = row_of(y, n, 0, 0);
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      detail::empty_block(x, out + b * size, n, b, simd::lanes);
    }
    std::fill(out + y.channels, out + blocks(y.channels, simd::lanes) * simd::lanes, 0.0F);
  }
}

/// A vector of features as an image: the inverse of `flatten`, and its adjoint.
///
/// Shapes     y: C*H*W features    x: C x H x W
/// Requires   the blocks of y follow one another: block_stride == simd::lanes
inline void unflatten(const ConstMaps& y, const Maps& x) {
  const std::ptrdiff_t size = detail::block_size(x.height, x.width, simd::lanes);
  for (int n = 0; n < x.examples; ++n) {
    const float* const in = row_of(y, n, 0, 0);
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      detail::fill_block(in + b * size, x, n, b, simd::lanes);
    }
  }
}

namespace detail {

/// Copies the first `count` lanes of one block; writes zeros after them if `ends`, else nothing.
inline void copy_block(const ConstMaps& x, int block_x, const Maps& y, int block_y, int example,
                       int count, bool ends) {
  const simd::Mask inside = simd::first_lanes(count);
  for (int i = 0; i < x.height; ++i) {
    const float* const in = row_of(x, example, block_x, i);
    float* const out = row_of(y, example, block_y, i);
    for (int j = 0; j < x.width; ++j) {
      const simd::Vector kept = ends ? simd::zero() : simd::load(out + j * simd::lanes);
      simd::store(out + j * simd::lanes,
                  simd::select(inside, simd::load(in + j * simd::lanes), kept));
    }
  }
}

/// Copies one channel, wherever it lies in its block.
inline void copy_channel(const ConstMaps& x, int channel_x, const Maps& y, int channel_y,
                         int example) {
  for (int i = 0; i < x.height; ++i) {
    const float* const in =
        row_of(x, example, channel_x / simd::lanes, i) + channel_x % simd::lanes;
    float* const out = row_of(y, example, channel_y / simd::lanes, i) + channel_y % simd::lanes;
    for (int j = 0; j < x.width; ++j) out[j * simd::lanes] = in[j * simd::lanes];
  }
}

}  // namespace detail

/// Copies `count` consecutive channels from one set of maps to another of the same extent.
///
///     y[first_y + c] = x[first_x + c]
///
/// Cost       one load and one store a vector where both starts are multiples of simd::lanes, one
///            a channel and pixel elsewhere
/// Ensures    no other channel of y changes; lanes past the last channel of y are zero once that
///            channel is written
inline void copy_channels(const ConstMaps& x, int first_x, const Maps& y, int first_y, int count) {
  const bool ends = first_y + count == y.channels;
  const bool aligned = first_x % simd::lanes == 0 && first_y % simd::lanes == 0;
  for (int n = 0; n < x.examples; ++n) {
    for (int c = 0; aligned && c < count; c += simd::lanes) {
      detail::copy_block(x, (first_x + c) / simd::lanes, y, (first_y + c) / simd::lanes, n,
                         count - c, ends);
    }
    if (aligned) continue;
    for (int c = 0; c < count; ++c) detail::copy_channel(x, first_x + c, y, first_y + c, n);
    const int used = y.channels % simd::lanes;
    if (!ends || used == 0) continue;
    for (int i = 0; i < y.height; ++i) {
      float* const out = row_of(y, n, y.channels / simd::lanes, i);
      for (int j = 0; j < y.width; ++j) {
        std::fill_n(out + j * simd::lanes + used, simd::lanes - used, 0.0F);
      }
    }
  }
}

}  // namespace convexpr::kernels
