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

/// Elements `begin` up to `begin + size` of an axis.
struct Part {
  int begin;
  int size;

  friend constexpr bool operator==(const Part&, const Part&) = default;
};

/// The parts that n elements fall into when they are pooled to m, one after the other: number i is
///
///     floor(i*n/m) up to ceil((i+1)*n/m), the last excluded
///
/// Where m does not divide n, neighbouring parts overlap and differ in size; where m is larger
/// than n, several parts are one element. No call divides: kernels ask once an output.
class Parts {
 public:
  constexpr Parts(int n, int m) : whole_(n / m), rest_(n % m), count_(m) {}

  /// The next part, from number 0 on.
  constexpr Part next() {
    const int begin = begin_;
    begin_ += whole_;
    over_ += rest_;
    if (over_ >= count_) {
      over_ -= count_;
      ++begin_;
    }
    return {begin, begin_ - begin + (over_ > 0 ? 1 : 0)};
  }

 private:
  int whole_;
  int rest_;
  int count_;
  int begin_ = 0;  // of the next part, less the fraction over_ / count_
  int over_ = 0;
};

/// The size of the largest of these parts.
constexpr int largest_part(int n, int m) {
  int largest = 0;
  Parts parts(n, m);
  for (int i = 0; i < m; ++i) {
    const int size = parts.next().size;
    if (size > largest) largest = size;
  }
  return largest;
}

/// The one window that stands for all parts of an image that is pooled to `out`: exact where the
/// extents of `out` divide those of `in`; elsewhere the largest part, moved by n/m rounded down,
/// but by 1 at least.
constexpr Window adaptive(Extent2 in, Extent2 out) {
  const auto step = [](int n, int m) { return n < m ? 1 : n / m; };
  return {.kernel = {largest_part(in.h, out.h), largest_part(in.w, out.w)},
          .stride = {step(in.h, out.h), step(in.w, out.w)}};
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

/// A convolution at every s-th pixel is one at every pixel of s*s times as many channels, *space to
/// depth*: its taps along an axis, and the channels.
constexpr int space_to_depth_taps(const Window& w) {
  return (w.kernel.h + w.stride.h - 1) / w.stride.h;
}
constexpr int space_to_depth_channels(const Window& w, int channels) {
  return channels * w.stride.h * w.stride.w;
}

}  // namespace window
}  // namespace convexpr
