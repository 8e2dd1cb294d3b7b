// Two-dimensional convolution of each channel by itself.
#pragma once

#include <convexpr/layers/borders.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Options of `DepthwiseConv2d`, with PyTorch's defaults; the kernel has none.
struct DepthwiseConv2dOptions {
  Extent2 kernel{detail::not_given};
  Extent2 stride{1};
  Padding padding{0};  // or `same`
  Extent2 dilation{1};
  int multiplier = 1;  // output channels to each input channel
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
};

namespace detail {

/// What layers whose channels do not meet have in common; gives the extents of the output.
constexpr Extent2 declare_channelwise(std::string_view layer, Shape in, const Window& w,
                                      PaddingMode mode, Declaration& d) {
  d.op.window = w;
  d.op.padding_mode = mode;
  require_image(layer, in, d);
  settle_padding(layer, in, d.op.window, d);
  require_window(layer, in, d.op.window, d);
  if (d.refusal.happened()) return {};
  require_border(layer, in, d.op.window.padding, mode, d);
  return window::output_extent({in.height, in.width}, d.op.window);
}

constexpr void declare_depthwise_conv2d(Shape in, const DepthwiseConv2dOptions& o, Declaration& d) {
  d.op.kind = Kind::depthwise_conv2d;
  d.op.groups = in.channels;
  d.op.bias = o.bias;
  const Extent2 extent = declare_channelwise(
      "depthwise_conv2d", in, {o.kernel, o.stride, o.dilation, o.padding}, o.padding_mode, d);
  if (o.multiplier < 1) {
    d.refuse("depthwise_conv2d: the multiplier must be positive", Sentence() << o.multiplier,
             "1 or more", "leave .multiplier out, or write .multiplier = 1");
  }
  if (d.refusal.happened()) return;
  const int out = in.channels * o.multiplier;
  d.op.out = shape(out, extent.h, extent.w);
  d.add({.name = "weight",
         .extents = {out, 1, o.kernel.h, o.kernel.w},
         .rank = 4,
         .packing = Packing::depthwise_conv2d});
  if (o.bias) d.add({.name = "bias", .extents = {out}, .rank = 1});
  d.op.macs = static_cast<long long>(d.parameters[0].size()) * extent.h * extent.w;
}

}  // namespace detail

/// 2-D cross-correlation of each channel of an image with weights of its own, plus a bias: a
/// convolution of as many groups as there are channels, by a kernel that knows it.
///
///     y[o,i,j] = b[o] + sum over u,v of w[o,u,v] * x[o/m, i*s + u*d - p, j*s + v*d - p]
///
/// Outside the image x is 0, or what `padding_mode` makes of the image (shape/padding_mode.hpp).
/// `.padding = same` keeps the extents, with a stride of 1.
///
/// Shapes     x: C x H x W    w: m*C x 1 x kh x kw    b: m*C    y: m*C x H' x W', m the multiplier
///            H' = floor((H + 2p - d(kh-1) - 1) / s) + 1, W' likewise      (shape/window.hpp)
/// Units      kernel, stride, padding, dilation in elements
/// Parameters m*C*kh*kw + m*C
/// Cost       m*C*kh*kw*H'*W' multiply-accumulates
/// Errors     while compiling: the input is no image; no kernel; an option that is not positive, or
///            a negative padding; kernel larger than the padded input; `same` with a stride; a
///            reflected padding not smaller than the image, or a circular one larger
/// Source     Howard and others, "MobileNets: efficient convolutional neural networks for mobile
///            vision applications", 2017
/// See also   PyTorch's torch.nn.Conv2d(C, m*C, kernel, groups=C)
template <DepthwiseConv2dOptions Options = DepthwiseConv2dOptions{}>
struct DepthwiseConv2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_depthwise_conv2d(in, Options, d);
  }
};

template <DepthwiseConv2dOptions Options = DepthwiseConv2dOptions{}>
inline constexpr DepthwiseConv2d<Options> depthwise_conv2d{};

}  // namespace convexpr
