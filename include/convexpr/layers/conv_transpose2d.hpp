// Transposed convolution of images and of sequences.
#pragma once

#include <convexpr/layers/conv2d.hpp>

namespace convexpr {

/// Options of `ConvTranspose2d`, with PyTorch's defaults; the kernel has none.
struct ConvTranspose2dOptions {
  Extent2 kernel{detail::not_given};
  Extent2 stride{1};
  Padding padding{0};         // taken off the output
  Extent2 output_padding{0};  // added to the output's end
  Extent2 dilation{1};
  int groups = 1;
  bool bias = true;
};

namespace detail {

/// Of the sizes that a stride or a dilation cannot tell apart, `output_padding` chooses one.
constexpr void require_output_padding(std::string_view layer, Shape in, Extent2 extra,
                                      const Window& w, Declaration& d) {
  const Extent2 most{(w.stride.h > w.dilation.h ? w.stride.h : w.dilation.h) - 1,
                     (w.stride.w > w.dilation.w ? w.stride.w : w.dilation.w) - 1};
  if (extra.h < 0 || extra.w < 0) {
    d.refuse(about(layer, "the output padding must not be negative"), words(extra, in), "0 or more",
             "write .output_padding = 0, or leave it out; .padding makes the output smaller");
  } else if (extra.h > most.h || extra.w > most.w) {
    d.refuse(about(layer, "the output padding must be smaller than the stride or the dilation"),
             words(extra, in), Sentence() << "at most " << words(most, in),
             "write a smaller .output_padding, or a larger .stride");
  }
}

/// A transposed convolution of an image, or of a sequence, which is an image of one row.
constexpr void declare_conv_transpose(std::string_view layer, Shape in, int out,
                                      const ConvTranspose2dOptions& o, Declaration& d) {
  d.op.kind = Kind::conv_transpose2d;
  d.op.window = {o.kernel, o.stride, o.dilation, o.padding};
  d.op.groups = o.groups;
  d.op.bias = o.bias;
  if (out < 1) {
    d.refuse(about(layer, "the output channels must be positive"), Sentence() << out, "1 or more",
             Sentence() << "write " << layer << "<64, {...}>");
  }
  require_window_options(layer, in, d.op.window, d);
  require_output_padding(layer, in, o.output_padding, d.op.window, d);
  require_groups(layer, in, out, o.groups, d);
  if (d.refusal.happened()) return;
  const Extent2 extent =
      window::transposed_extent({in.height, in.width}, d.op.window, o.output_padding);
  if (extent.h < 1 || extent.w < 1) {
    d.refuse(about(layer, "the padding leaves nothing of the output"),
             Sentence() << "output " << words(extent, in),
             Sentence() << "at least " << words({1, 1}, in),
             "write less .padding, which a transposed convolution takes off the output");
    return;
  }
  const bool sequence = in.rank == 2;
  d.op.out = sequence ? shape(out, extent.w) : shape(out, extent.h, extent.w);
  d.add({.name = "weight",
         .extents = {in.channels, out / o.groups, sequence ? o.kernel.w : o.kernel.h, o.kernel.w},
         .rank = sequence ? 3 : 4,
         .packing = Packing::conv_transpose2d});
  if (o.bias) d.add({.name = "bias", .extents = {out}, .rank = 1});
  d.op.macs = static_cast<long long>(d.parameters[0].size()) * in.height * in.width;
}

}  // namespace detail

/// Transposed convolution of an image, plus one bias per output channel: the adjoint of the
/// convolution, with the same options, that takes the output's image to the input's.
///
///     y[o, i*s + u*d - p, j*s + v*d - p] gets w[c,o,u,v] * x[c,i,j], for all c of o's group, i, j,
///     u, v whose place lies in y;    y[o] = b[o] + the sum of what it gets
///
/// With a stride it makes images larger. Several sizes of an image lead, with that stride, to the
/// same size of x: `output_padding` says by how many rows and columns y is larger than the smallest.
///
/// Shapes     x: C x H x W    w: C x O/g x kh x kw    b: O    y: O x H' x W'
///            H' = (H-1)s - 2p + d(kh-1) + output_padding + 1, W' likewise    (shape/window.hpp)
/// Units      kernel, stride, padding, output_padding, dilation in elements
/// Parameters C*(O/g)*kh*kw + O
/// Cost       C*(O/g)*kh*kw*H*W multiply-accumulates
/// Errors     while compiling: the input is no image; no kernel; an option that is not positive; a
///            padding or output padding that is negative; an output padding not smaller than the
///            stride or the dilation; a padding that leaves nothing; C or O not divisible by the
///            groups
/// Source     Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016
/// See also   PyTorch's torch.nn.ConvTranspose2d
template <int Out, ConvTranspose2dOptions Options = ConvTranspose2dOptions{}>
struct ConvTranspose2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("conv_transpose2d", in, d);
    detail::declare_conv_transpose("conv_transpose2d", in, Out, Options, d);
  }
};

template <int Out, ConvTranspose2dOptions Options = ConvTranspose2dOptions{}>
inline constexpr ConvTranspose2d<Out, Options> conv_transpose2d{};

}  // namespace convexpr
