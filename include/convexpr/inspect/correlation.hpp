// Convolution against cross-correlation: the same sum, with the kernel turned or as it is.
#pragma once

#include <algorithm>
#include <convexpr/layers/operation.hpp>
#include <convexpr/meta/refusal.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <convexpr/tensor/of_shape.hpp>

namespace convexpr {

/// Where a kernel is laid over an image of one channel.
///
/// Shapes     x: H x W    k: kh x kw
enum class Overlap {
  valid,      // where it lies within the image: H-kh+1 x W-kw+1
  same_size,  // at as many places as the image has: H x W, padded as by `.padding = same`
  full,       // wherever they overlap at all: H+kh-1 x W+kw-1
};

namespace detail {

/// An image of one channel, 1 x H x W, or the same without the first extent.
template <class T>
concept Plane = T::shape.rank == 2 || (T::shape.rank == 3 && T::shape.channels == 1);

/// Height and width of a plane.
constexpr Extent2 plane_extent(Shape s) {
  return s.rank == 2 ? Extent2(s.channels, s.width) : Extent2(s.height, s.width);
}

/// Zeros before the image along an axis, where the kernel has k taps.
constexpr int zeros_before(Overlap where, int k) {
  return where == Overlap::valid ? 0 : where == Overlap::same_size ? (k - 1) / 2 : k - 1;
}

/// At least one: what does not fit is refused elsewhere.
constexpr int places(Overlap where, int n, int k) {
  const int count = where == Overlap::valid ? n - k + 1 : where == Overlap::full ? n + k - 1 : n;
  return count < 1 ? 1 : count;
}

constexpr Shape overlap_shape(Overlap where, Shape x, Extent2 k) {
  const Extent2 n = plane_extent(x);
  const int h = places(where, n.h, k.h);
  const int w = places(where, n.w, k.w);
  return x.rank == 2 ? shape(h, w) : shape(1, h, w);
}

template <Overlap Where, Shape X, Shape K>
inline constexpr Refusal overlap_refusal = [] {
  const Extent2 x = plane_extent(X);
  const Extent2 k = plane_extent(K);
  if (Where != Overlap::valid || (k.h <= x.h && k.w <= x.w)) return Refusal{};
  return Refusal{"cross_correlate2d", "cross_correlate2d: the kernel is larger than the image",
                 Sentence() << "kernel " << words(k), Sentence() << "at most " << words(x),
                 "write Overlap::same_size or Overlap::full"};
}();

/// Turns each run of `plane` values around.
template <class T>
void turn_planes(T* values, std::size_t size, std::size_t plane) {
  for (T* p = values; p < values + size; p += plane) std::reverse(p, p + plane);
}

}  // namespace detail

/// The kernel turned by 180 degrees: the last row comes first, and in it the last column.
///
///     f[u, v] = k[kh-1-u, kw-1-v], in each channel
///
/// Shapes     k, f: kh x kw, or C x kh x kw
template <class T, int... Extents>
auto flipped(TensorView<T, Extents...> kernel) {
  Tensor<std::remove_const_t<T>, Extents...> out(kernel);
  const std::size_t channels =
      out.shape.rank == 3 ? static_cast<std::size_t>(out.shape.channels) : 1;
  detail::turn_planes(out.data(), out.size(), out.size() / channels);
  return out;
}
template <class T, int... Extents>
Tensor<T, Extents...> flipped(const Tensor<T, Extents...>& kernel) {
  return flipped(TensorView<const T, Extents...>(kernel));
}

/// The same of a layer's weight, for every pair of channels: what turns the cross-correlation that
/// `Conv2d` computes into a convolution.
///
/// Shapes     weight: O x C/g x kh x kw, or O x C/g x k of a sequence's; one of fewer extents has
///            nothing to turn
inline NamedTensor flipped(NamedTensor weight) {
  std::size_t plane = 1;
  for (std::size_t axis = 2; axis < weight.shape.size(); ++axis) plane *= weight.shape[axis];
  detail::turn_planes(weight.values.data(), weight.values.size(), plane);
  return weight;
}

/// A kernel moved over an image as it is: what networks call a convolution.
///
///     y[i,j] = sum over u,v of k[u,v] * x[i+u-p, j+v-p],   x = 0 outside the image
///     p = 0 (valid), floor((k-1) / 2) (same_size), k-1 (full), along each axis
///
/// Shapes     x: H x W or 1 x H x W    k: kh x kw or 1 x kh x kw    y: as `Overlap` says
/// Accuracy   adds in double precision and rounds once
/// Errors     while compiling: more than one channel; with `valid`, a kernel larger than the image
/// See also   SciPy's scipy.signal.correlate2d; Conv2d
template <Overlap Where = Overlap::full, detail::Plane Image, detail::Plane Kernel>
auto cross_correlate2d(const Image& x, const Kernel& k) {
  using T = typename Image::value_type;
  static_cast<void>(detail::Insist<detail::overlap_refusal<Where, Image::shape, Kernel::shape>>{});
  constexpr Extent2 in = detail::plane_extent(Image::shape);
  constexpr Extent2 kernel = detail::plane_extent(Kernel::shape);
  constexpr Shape shape = detail::overlap_shape(Where, Image::shape, kernel);
  TensorOf<T, shape> y;
  constexpr Extent2 out = detail::plane_extent(shape);
  const int top = detail::zeros_before(Where, kernel.h);
  const int left = detail::zeros_before(Where, kernel.w);
  for (int i = 0; i < out.h; ++i) {
    for (int j = 0; j < out.w; ++j) {
      double sum = 0;
      for (int u = 0; u < kernel.h; ++u) {
        for (int v = 0; v < kernel.w; ++v) {
          const int row = i + u - top;
          const int column = j + v - left;
          if (row < 0 || row >= in.h || column < 0 || column >= in.w) continue;
          sum += double{k.data()[u * kernel.w + v]} * double{x.data()[row * in.w + column]};
        }
      }
      y.data()[i * out.w + j] = static_cast<T>(sum);
    }
  }
  return y;
}

/// A kernel turned by 180 degrees and then moved over an image: convolution as mathematics has it.
///
///     y = cross_correlate2d(x, flipped(k));   with `full`, y[i,j] = sum over u,v of k[u,v] * x[i-u, j-v]
///
/// Turning makes it commutative: with `full`, convolve2d(x, k) = convolve2d(k, x).
///
/// Shapes     as `cross_correlate2d`
/// See also   SciPy's scipy.signal.convolve2d
template <Overlap Where = Overlap::full, detail::Plane Image, detail::Plane Kernel>
auto convolve2d(const Image& x, const Kernel& k) {
  return cross_correlate2d<Where>(x, flipped(k));
}

}  // namespace convexpr
