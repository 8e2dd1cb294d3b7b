// Pooling over windows and over whole images.
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

namespace detail {

constexpr void declare_pool2d(std::string_view layer, Kind kind, Shape in, const Window& given,
                              bool ceil_mode, Declaration& d) {
  Window& w = d.op.window;
  d.op.kind = kind;
  w = given;
  if (w.stride == Extent2(not_given)) w.stride = w.kernel;
  require_image(layer, in, d);
  require_window(layer, in, w, d);
  if (d.refusal.happened()) return;
  require_pool_padding(layer, in, w, d);
  const Extent2 extent = window::output_extent(
      {in.height, in.width}, w, ceil_mode ? window::Rounding::up : window::Rounding::down);
  d.op.out = shape(in.channels, extent.h, extent.w);
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
///            kernel larger than the padded input; padding over half the kernel
/// See also   PyTorch's torch.nn.MaxPool2d; the gradient of a tie goes to its first position
template <MaxPool2dOptions Options>
struct MaxPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_pool2d("max_pool2d", Kind::max_pool2d, in,
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
    detail::declare_pool2d("avg_pool2d", Kind::avg_pool2d, in,
                           {Options.kernel, Options.stride, Extent2{1}, Options.padding},
                           Options.ceil_mode, d);
  }
};

template <AvgPool2dOptions Options>
inline constexpr AvgPool2d<Options> avg_pool2d{};

/// The mean of each channel.
///
/// Shapes     x: C x H x W    y: C x 1 x 1
/// Errors     while compiling: the input is no image
/// Source     Lin, Chen, Yan, "Network in network", 2013
struct GlobalAvgPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.kind = Kind::global_avg_pool2d;
    detail::require_image("global_avg_pool2d", in, d);
    d.op.window = {{in.height, in.width}, {1}, {1}, {0}};
    d.op.out = shape(in.channels, 1, 1);
  }
};

inline constexpr GlobalAvgPool2d global_avg_pool2d{};

}  // namespace convexpr
