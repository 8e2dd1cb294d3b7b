// A border around an image.
#pragma once

#include <convexpr/layers/borders.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Options of `Pad2d`; the padding has no default.
struct Pad2dOptions {
  Padding padding{detail::not_given};
  PaddingMode padding_mode = PaddingMode::zeros;
};

/// The image with a border around it: of zeros, or of what `padding_mode` makes of the image.
///
///     y[c,i,j] = x[c, i - top, j - left]      inside; shape/padding_mode.hpp says what is outside
///
/// The mean is that of the channel over the image. The adjoint adds to each element what stands in
/// the border for it; the gradient of a mean is shared out evenly.
///
/// Shapes     x: C x H x W    y: C x (top + H + bottom) x (left + W + right)
/// Units      padding in elements: one number, {vertical, horizontal}, or {top, left, bottom, right}
/// Errors     while compiling: the input is no image; no padding, a negative one, or `same`; a
///            reflected padding not smaller than the image, or a circular one larger
/// See also   PyTorch's torch.nn.ZeroPad2d, ReflectionPad2d, ReplicationPad2d and CircularPad2d,
///            whose order is left, right, top, bottom
template <Pad2dOptions Options = Pad2dOptions{}>
struct Pad2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.kind = Kind::pad2d;
    d.op.window = {{1}, {1}, {1}, Options.padding};
    d.op.padding_mode = Options.padding_mode;
    detail::require_image("pad2d", in, d);
    if (Options.padding == Padding(detail::not_given)) {
      d.refuse("pad2d: the padding is missing", "no .padding",
               "one number, {vertical, horizontal}, or all four sides", "write .padding = 1");
    }
    detail::require_padding("pad2d", in, Options.padding, d);
    if (d.refusal.happened()) return;
    detail::require_border("pad2d", in, Options.padding, Options.padding_mode, d);
    const Extent2 extent = window::output_extent({in.height, in.width}, d.op.window);
    d.op.out = shape(in.channels, extent.h, extent.w);
  }
};

template <Pad2dOptions Options = Pad2dOptions{}>
inline constexpr Pad2d<Options> pad2d{};

}  // namespace convexpr
