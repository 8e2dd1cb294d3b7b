// Where a batch of feature maps lies in memory: what every kernel is given.
//
// A map is stored in blocks of `interleave` channels: element (c, i, j) of example n is
//
//     data[n * example_stride + (c / interleave) * block_stride + i * row_stride
//          + j * interleave + c % interleave]
//
// with interleave = simd::lanes ("blocked") or 1 ("planar"). `data` points at the first pixel of
// the image itself; the border that a convolution needs lies around it, at negative offsets too,
// and holds zeros. Lanes past the last channel of a blocked map hold zeros, always: every kernel
// relies on it and every kernel keeps it so. A vector of n features is a blocked map of n channels,
// 1 x 1.
#pragma once

#include <cstddef>

namespace convexpr::kernels {

template <class T>
struct FeatureMaps {
  T* data = nullptr;
  int channels = 0;
  int height = 0;
  int width = 0;
  std::ptrdiff_t row_stride = 0;      // floats from one row to the next
  std::ptrdiff_t block_stride = 0;    // floats from one block of channels to the next
  std::ptrdiff_t example_stride = 0;  // floats from one example to the next
  int examples = 1;

  /// The maps as read-only ones.
  constexpr operator FeatureMaps<const T>() const {
    return {data, channels, height, width, row_stride, block_stride, example_stride, examples};
  }
};

using Maps = FeatureMaps<float>;
using ConstMaps = FeatureMaps<const float>;

/// Blocks of `interleave` channels that hold `channels` of them.
constexpr int blocks(int channels, int interleave) {
  return (channels + interleave - 1) / interleave;
}

}  // namespace convexpr::kernels
