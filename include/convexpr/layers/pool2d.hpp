// Pooling over the windows of an image.
//
// Next: layers/pool1d.hpp, the same along a sequence.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Options of `MaxPool2d`, with PyTorch's defaults: the stride is the kernel unless given.
struct MaxPool2dOptions {
  Extent2 kernel{detail::not_given};
  Extent2 stride{detail::not_given};
  Padding padding{0};
  Extent2 dilation{1};
  bool ceil_mode = false;
};

/// Options of `AvgPool2d`, with PyTorch's defaults: the stride is the kernel unless given.
struct AvgPool2dOptions {
  Extent2 kernel{detail::not_given};
  Extent2 stride{detail::not_given};
  Padding padding{0};
  bool ceil_mode = false;
  bool count_include_pad = true;
};

/// Options of `LpPool2d`, with PyTorch's defaults: the stride is the kernel unless given.
struct LpPool2dOptions {
  Extent2 kernel{detail::not_given};
  Extent2 stride{detail::not_given};
  Padding padding{0};
  bool ceil_mode = false;
};

namespace detail {

/// What all pools over windows share; a sequence is an image of one row.
constexpr void declare_pool(std::string_view layer, Kind kind, Shape in, const Window& given,
                            bool ceil_mode, Declaration& d) {
  Window& w = d.op.window;
  d.op.kind = kind;
  w = given;
  if (w.stride.w == not_given) w.stride = w.kernel;
  if (w.padding.is_same()) {
    d.refuse(about(layer, "the padding must be given in numbers"), ".padding = same",
             "0 or more on each side", "write .padding = 1; only convolutions know same");
  }
  require_window(layer, in, w, d);
  if (d.refusal.happened()) return;
  require_pool_padding(layer, in, w, d);
  const Extent2 extent = window::output_extent(
      {in.height, in.width}, w, ceil_mode ? window::Rounding::up : window::Rounding::down);
  d.op.out = {in.channels, extent.h, extent.w, in.rank};
}

constexpr void require_power(std::string_view layer, int power, Declaration& d) {
  d.op.power = power;
  if (power < 1) {
    d.refuse(about(layer, "the power must be positive"), Sentence() << power, "1 or more",
             Sentence() << "write " << layer << "<2, {...}>");
  }
}

}  // namespace detail

/// The largest value in each window; positions outside the image do not take part.
///
///     y[c,i,j] = max over u,v of x[c, i*s + u*d - p, j*s + v*d - p]
///
/// Shapes     x: C x H x W    y: C x H' x W', H' = floor((H + 2p - d(k-1) - 1) / s) + 1; with
///            ceil_mode rounded up, less a last window that would start behind the input
/// Units      kernel, stride, padding, dilation in elements
/// Errors     while compiling: the input is no image; no kernel; an option that is not positive;
///            a padding that is negative or `same`; kernel larger than the padded input; padding
///            over half the kernel
/// See also   PyTorch's torch.nn.MaxPool2d; the gradient of a tie goes to its first position
template <MaxPool2dOptions Options>
struct MaxPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("max_pool2d", in, d);
    detail::declare_pool("max_pool2d", Kind::max_pool2d, in,
                         {Options.kernel, Options.stride, Options.dilation, Options.padding},
                         Options.ceil_mode, d);
  }
};

template <MaxPool2dOptions Options>
inline constexpr MaxPool2d<Options> max_pool2d{};

/// The mean of each window; the padding counts as zeros unless `count_include_pad` is false.
///
///     y[c,i,j] = sum over u,v of x[c, i*s + u - p, j*s + v - p] / n
///     n = positions of the window inside the padded image, or inside the image itself
///
/// Shapes     as `MaxPool2d`, without dilation
/// Errors     as `MaxPool2d`
/// See also   PyTorch's torch.nn.AvgPool2d
template <AvgPool2dOptions Options>
struct AvgPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.count_include_pad = Options.count_include_pad;
    detail::require_image("avg_pool2d", in, d);
    detail::declare_pool("avg_pool2d", Kind::avg_pool2d, in,
                         {Options.kernel, Options.stride, Extent2{1}, Options.padding},
                         Options.ceil_mode, d);
  }
};

template <AvgPool2dOptions Options>
inline constexpr AvgPool2d<Options> avg_pool2d{};

/// The L^p norm of each window: the root of its sum of powers.
///
///     y[c,i,j] = (kh*kw/n * sum over u,v of x[c, i*s + u - p, j*s + v - p]^P)^(1/P)
///     n = positions of the window inside the padded image
///
/// The padding counts as zeros. n is kh*kw but for windows that `ceil_mode` lets hang over: PyTorch
/// takes means and multiplies them by kh*kw, and so does this. x^P keeps its sign for an odd P:
/// with P = 1 the norm is the plain sum. Where the sum is negative, PyTorch gives NaN for P > 1;
/// here it is the real root, with the sum's sign. The gradient is 0 where the sum is 0.
///
/// Shapes     as `MaxPool2d`, without dilation
/// Errors     as `MaxPool2d`; P below 1
/// Source     Gulcehre, Cho, Pascanu, Bengio, "Learned-norm pooling for deep feedforward and
///            recurrent neural networks", 2014
/// See also   PyTorch's torch.nn.LpPool2d, which has no padding
template <int P, LpPool2dOptions Options>
struct LpPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("lp_pool2d", in, d);
    detail::require_power("lp_pool2d", P, d);
    detail::declare_pool("lp_pool2d", Kind::lp_pool2d, in,
                         {Options.kernel, Options.stride, Extent2{1}, Options.padding},
                         Options.ceil_mode, d);
  }
};

template <int P, LpPool2dOptions Options>
inline constexpr LpPool2d<P, Options> lp_pool2d{};

}  // namespace convexpr
