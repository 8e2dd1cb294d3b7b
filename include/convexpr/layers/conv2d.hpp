// Two-dimensional convolution.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Options of `Conv2d`, with PyTorch's defaults; the kernel has none.
struct Conv2dOptions {
  Extent2 kernel{detail::not_given};
  Extent2 stride{1};
  Padding padding{0};
  Extent2 dilation{1};
  int groups = 1;
  bool bias = true;
};

namespace detail {

constexpr void declare_conv2d(Shape in, int out, const Conv2dOptions& o, Declaration& d) {
  d.op.kind = Kind::conv2d;
  d.op.window = {o.kernel, o.stride, o.dilation, o.padding};
  d.op.groups = o.groups;
  d.op.bias = o.bias;
  require_image("conv2d", in, d);
  if (out < 1) {
    d.refuse("conv2d: the output channels must be positive", Sentence() << out, "1 or more",
             "write conv2d<64, {...}>");
  }
  require_window("conv2d", in, d.op.window, d);
  if (o.groups < 1) {
    d.refuse("conv2d: the groups must be positive", Sentence() << o.groups, "1 or more",
             "leave .groups out, or write .groups = 1");
  }
  if (d.refusal.happened()) return;
  if (in.channels % o.groups != 0) {
    d.refuse("conv2d: the input channels must be divisible by the groups",
             Sentence() << in.channels << " channels in " << o.groups << " groups",
             Sentence() << "a divisor of " << in.channels,
             "change .groups, or the channels of the layer before");
  }
  if (out % o.groups != 0) {
    d.refuse("conv2d: the output channels must be divisible by the groups",
             Sentence() << out << " channels in " << o.groups << " groups",
             Sentence() << "a multiple of " << o.groups << ", such as "
                        << (out / o.groups + 1) * o.groups,
             "change .groups, or the output channels");
  }
  if (d.refusal.happened()) return;
  const Extent2 extent = window::output_extent({in.height, in.width}, d.op.window);
  d.op.out = shape(out, extent.h, extent.w);
  const int per_group = in.channels / o.groups;
  d.add({.name = "weight",
         .extents = {out, per_group, o.kernel.h, o.kernel.w},
         .rank = 4,
         .packing = Packing::conv2d});
  if (o.bias) d.add({.name = "bias", .extents = {out}, .rank = 1});
  d.op.macs = static_cast<long long>(d.parameters[0].size()) * extent.h * extent.w;
}

}  // namespace detail

/// 2-D cross-correlation of an image, plus one bias per output channel.
///
///     y[o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] * x[c, i*s + u*d - p, j*s + v*d - p]
///
/// Shapes     x: C x H x W    w: O x C/g x kh x kw    b: O    y: O x H' x W'
///            H' = floor((H + 2p - d(kh-1) - 1) / s) + 1, W' likewise      (shape/window.hpp)
/// Units      kernel, stride, padding, dilation in elements
/// Parameters O*(C/g)*kh*kw + O
/// Cost       O*(C/g)*kh*kw*H'*W' multiply-accumulates
/// Errors     while compiling: the input is no image; no kernel; an option that is not positive, or
///            a negative padding; kernel larger than the padded input; C or O not divisible by the
///            groups
/// Source     Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016
/// See also   PyTorch's torch.nn.Conv2d
template <int Out, Conv2dOptions Options = Conv2dOptions{}>
struct Conv2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_conv2d(in, Out, Options, d);
  }
};

template <int Out, Conv2dOptions Options = Conv2dOptions{}>
inline constexpr Conv2d<Out, Options> conv2d{};

}  // namespace convexpr
