// A window that slides over an image: the one place where output sizes are computed.
//
// Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
#pragma once

#include <convexpr/shape/extent.hpp>

namespace convexpr {

/// What a convolution or a pooling layer moves over its input.
///
/// Units      elements
struct Window {
  Extent2 kernel{1};
  Extent2 stride{1};
  Extent2 dilation{1};
  Padding padding{0};

  friend constexpr bool operator==(const Window&, const Window&) = default;
};

namespace window {

/// Rows that a dilated kernel of `kernel` taps covers: d(k-1) + 1.
constexpr int covered(int kernel, int dilation) { return dilation * (kernel - 1) + 1; }

/// How an output extent is rounded when the stride does not tile the input.
enum class Rounding { down, up };

/// Number of positions of a window along one axis, as PyTorch counts them.
///
///     floor((n + p - d(k-1) - 1) / s) + 1,   p = both paddings together
///
/// Rounding up adds a last, partial position, unless it would start in the padding behind the
/// input. Where the window covers more than the padded input the result is not positive.
constexpr int positions(int n, int kernel, int stride, int dilation, int before, int after,
                        Rounding rounding = Rounding::down) {
  const int room = n + before + after - covered(kernel, dilation);
  if (room < 0) return 0;
  if (rounding == Rounding::down) return room / stride + 1;
  int count = (room + stride - 1) / stride + 1;
  if ((count - 1) * stride >= n + before) --count;
  return count;
}

/// Number of elements along one axis that a transposed convolution makes of n: as many as a window
/// needs for n positions, and `extra` that it would leave over at the end.
///
///     (n - 1) s - p + d(k-1) + 1 + extra,   p = both paddings together
///
/// Where the padding takes more than there is the result is not positive.
constexpr int transposed_positions(int n, int kernel, int stride, int dilation, int before,
                                   int after, int extra) {
  return (n - 1) * stride - before - after + covered(kernel, dilation) + extra;
}

/// Height and width of what a window makes of an h x w image.
constexpr Extent2 output_extent(Extent2 in, const Window& w, Rounding rounding = Rounding::down) {
  return {positions(in.h, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top, w.padding.bottom,
                    rounding),
          positions(in.w, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left, w.padding.right,
                    rounding)};
}

/// Height and width of what a transposed convolution makes of an h x w image.
constexpr Extent2 transposed_extent(Extent2 in, const Window& w, Extent2 extra) {
  return {transposed_positions(in.h, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top,
                               w.padding.bottom, extra.h),
          transposed_positions(in.w, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left,
                               w.padding.right, extra.w)};
}

/// Elements at the end of the padded axis that no position of the window reaches.
///
/// Requires   a window that fits the padded axis
constexpr int left_over(int n, int kernel, int stride, int dilation, int before, int after) {
  return (n + before + after - covered(kernel, dilation)) % stride;
}

/// The same for rows and columns.
constexpr Extent2 left_over(Extent2 in, const Window& w) {
  return {left_over(in.h, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top, w.padding.bottom),
          left_over(in.w, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left, w.padding.right)};
}

/// The padding with which a window of stride 1 keeps the extents: d(k-1) rows and columns, of which
/// the bottom and the right get the larger part.
constexpr Padding same_padding(Extent2 kernel, Extent2 dilation) {
  const int rows = covered(kernel.h, dilation.h) - 1;
  const int columns = covered(kernel.w, dilation.w) - 1;
  return {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

}  // namespace window
}  // namespace convexpr
