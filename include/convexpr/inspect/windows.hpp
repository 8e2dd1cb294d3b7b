// Which pixel stands behind each tap of a window at each of its positions: what `im2col` and
// `toeplitz_matrix` write down.
#pragma once

#include <convexpr/layers/operation.hpp>

namespace convexpr::detail {

/// A value that a window reads: `share` times that of a pixel.
struct WindowRead {
  int channel = 0;
  int tap = 0;       // u*kw + v in the kernel
  int position = 0;  // i*W' + j in the output
  int row = 0;       // of the pixel
  int column = 0;
  float share = 1;  // less in a border that holds the mean

  /// Index of the pixel in C, H, W order.
  constexpr int pixel(Shape in) const { return (channel * in.height + row) * in.width + column; }
};

/// The place on an axis of n whose value stands at place i of the padded axis; -1 for a zero.
constexpr int source(PaddingMode mode, int i, int n) {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case PaddingMode::reflect: return i < 0 ? -i : 2 * (n - 1) - i;
    case PaddingMode::replicate: return i < 0 ? 0 : n - 1;
    case PaddingMode::circular: return i < 0 ? i + n : i - n;
    case PaddingMode::zeros:
    case PaddingMode::mean: break;
  }
  return -1;
}

/// Calls f(read) for each pixel behind the place (row, column) of the padded image.
template <class F>
constexpr void for_each_source(const Operation& op, WindowRead read, F& f) {
  const int row = source(op.padding_mode, read.row, op.in.height);
  const int column = source(op.padding_mode, read.column, op.in.width);
  if (row >= 0 && column >= 0) {
    read.row = row;
    read.column = column;
    f(read);
  } else if (op.padding_mode == PaddingMode::mean) {
    read.share = 1 / static_cast<float>(op.in.height * op.in.width);
    for (read.row = 0; read.row < op.in.height; ++read.row) {
      for (read.column = 0; read.column < op.in.width; ++read.column) f(read);
    }
  }
}

/// Calls f(read) for everything that the window of `op` reads in one channel at one position.
template <class F>
constexpr void for_each_tap(const Operation& op, int channel, int i, int j, F& f) {
  const Window& w = op.window;
  for (int u = 0; u < w.kernel.h; ++u) {
    for (int v = 0; v < w.kernel.w; ++v) {
      WindowRead read;
      read.channel = channel;
      read.tap = u * w.kernel.w + v;
      read.position = i * op.out.width + j;
      read.row = i * w.stride.h + u * w.dilation.h - w.padding.top;
      read.column = j * w.stride.w + v * w.dilation.w - w.padding.left;
      for_each_source(op, read, f);
    }
  }
}

/// Calls f(read) for everything that the window of `op` reads, in each channel.
template <class F>
constexpr void for_each_read(const Operation& op, F f) {
  for (int channel = 0; channel < op.in.channels; ++channel) {
    for (int i = 0; i < op.out.height; ++i) {
      for (int j = 0; j < op.out.width; ++j) for_each_tap(op, channel, i, j, f);
    }
  }
}

}  // namespace convexpr::detail
