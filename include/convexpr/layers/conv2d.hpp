// Two-dimensional convolution.
#pragma once

#include <convexpr/layers/borders.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Options of `Conv2d`, with PyTorch's defaults; the kernel has none.
struct Conv2dOptions {
  Extent2 kernel{detail::not_given};
  Extent2 stride{1};
  Padding padding{0};  // or `same`
  Extent2 dilation{1};
  int groups = 1;
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
  bool exact_fit = false;  // refuse a stride that skips rows or columns at the end
};

namespace detail {

constexpr void require_groups(std::string_view layer, Shape in, int out, int groups,
                              Declaration& d) {
  if (groups < 1) {
    d.refuse(about(layer, "the groups must be positive"), Sentence() << groups, "1 or more",
             "leave .groups out, or write .groups = 1");
  }
  if (d.refusal.happened()) return;
  if (in.channels % groups != 0) {
    d.refuse(about(layer, "the input channels must be divisible by the groups"),
             Sentence() << in.channels << " channels in " << groups << " groups",
             Sentence() << "a divisor of " << in.channels,
             "change .groups, or the channels of the layer before");
  }
  if (out % groups != 0) {
    d.refuse(
        about(layer, "the output channels must be divisible by the groups"),
        Sentence() << out << " channels in " << groups << " groups",
        Sentence() << "a multiple of " << groups << ", such as " << (out / groups + 1) * groups,
        "change .groups, or the output channels");
  }
}

/// A convolution of an image, or of a sequence, which is an image of one row.
constexpr void declare_convolution(std::string_view layer, Shape in, int out,
                                   const Conv2dOptions& o, Declaration& d) {
  d.op.kind = Kind::conv2d;
  d.op.window = {o.kernel, o.stride, o.dilation, o.padding};
  d.op.groups = o.groups;
  d.op.bias = o.bias;
  d.op.padding_mode = o.padding_mode;
  if (out < 1) {
    d.refuse(about(layer, "the output channels must be positive"), Sentence() << out, "1 or more",
             Sentence() << "write " << layer << "<64, {...}>");
  }
  settle_padding(layer, in, d.op.window, d);
  require_window(layer, in, d.op.window, d);
  require_groups(layer, in, out, o.groups, d);
  if (d.refusal.happened()) return;
  require_border(layer, in, d.op.window.padding, o.padding_mode, d);
  if (o.exact_fit) require_exact_fit(layer, in, d.op.window, o.padding_mode, d);
  const Extent2 extent = window::output_extent({in.height, in.width}, d.op.window);
  const int per_group = in.channels / o.groups;
  const bool sequence = in.rank == 2;
  d.op.out = sequence ? shape(out, extent.w) : shape(out, extent.h, extent.w);
  d.add({.name = "weight",
         .extents = {out, per_group, sequence ? o.kernel.w : o.kernel.h, o.kernel.w},
         .rank = sequence ? 3 : 4,
         .packing = Packing::conv2d});
  if (o.bias) d.add({.name = "bias", .extents = {out}, .rank = 1});
  d.op.macs = static_cast<long long>(d.parameters[0].size()) * extent.h * extent.w;
}

}  // namespace detail

/// 2-D cross-correlation of an image, plus one bias per output channel.
///
///     y[o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] * x[c, i*s + u*d - p, j*s + v*d - p]
///
/// Outside the image x is 0, or what `padding_mode` makes of the image (shape/padding_mode.hpp).
/// `.padding = same` keeps the extents, with a stride of 1.
///
/// Shapes     x: C x H x W    w: O x C/g x kh x kw    b: O    y: O x H' x W'
///            H' = floor((H + 2p - d(kh-1) - 1) / s) + 1, W' likewise      (shape/window.hpp)
/// Units      kernel, stride, padding, dilation in elements
/// Parameters O*(C/g)*kh*kw + O
/// Cost       O*(C/g)*kh*kw*H'*W' multiply-accumulates; a padding mode other than zeros costs one
///            copy of the input besides
/// Errors     while compiling: the input is no image; no kernel; an option that is not positive, or
///            a negative padding; kernel larger than the padded input; C or O not divisible by the
///            groups; `same` with a stride; a reflected padding not smaller than the image, or a
///            circular one larger; with `exact_fit`, a stride that leaves rows or columns over
/// Source     Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016
/// See also   PyTorch's torch.nn.Conv2d
template <int Out, Conv2dOptions Options = Conv2dOptions{}>
struct Conv2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("conv2d", in, d);
    detail::declare_convolution("conv2d", in, Out, Options, d);
  }
};

template <int Out, Conv2dOptions Options = Conv2dOptions{}>
inline constexpr Conv2d<Out, Options> conv2d{};

}  // namespace convexpr
