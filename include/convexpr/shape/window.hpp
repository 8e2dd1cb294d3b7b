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

/// Height and width of what a window makes of an h x w image.
constexpr Extent2 output_extent(Extent2 in, const Window& w, Rounding rounding = Rounding::down) {
  return {positions(in.h, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top, w.padding.bottom,
                    rounding),
          positions(in.w, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left, w.padding.right,
                    rounding)};
}

}  // namespace window
}  // namespace convexpr
