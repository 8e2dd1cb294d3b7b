// A fixed filter: the same taps slide over every channel.
#pragma once

#include <convexpr/layers/depthwise_conv2d.hpp>
#include <convexpr/layers/named_taps.hpp>
#include <convexpr/layers/taps.hpp>

namespace convexpr {

/// Options of `Filter2d`.
struct Filter2dOptions {
  Extent2 stride{1};
  Padding padding{0};  // or `same`
  Extent2 dilation{1};
  PaddingMode padding_mode = PaddingMode::zeros;
};

/// 2-D cross-correlation of every channel of an image with the same taps, which are constants of the
/// network and not learned.
///
///     y[c,i,j] = sum over u,v of taps[u,v] * x[c, i*s + u*d - p, j*s + v*d - p]
///
/// Outside the image x is 0, or what `padding_mode` makes of the image (shape/padding_mode.hpp).
/// `.padding = same` keeps the extents, with a stride of 1. `flipped(taps)` makes it a convolution
/// in the sense of signal processing.
///
///     cx::filter2d<cx::gaussian<5>, {.padding = cx::same}>
///     cx::filter2d<cx::taps({{1, 0, -1}, {2, 0, -2}})>
///
/// Shapes     x: C x H x W    y: C x H' x W'
///            H' = floor((H + 2p - d(kh-1) - 1) / s) + 1, W' likewise      (shape/window.hpp)
/// Units      stride, padding, dilation in elements
/// Parameters none
/// Cost       C*kh*kw*H'*W' multiply-accumulates
/// Errors     while compiling: as `DepthwiseConv2d`
/// See also   sobel_x, sobel_y, laplacian, box, gaussian (layers/named_taps.hpp)
template <Taps Kernel, Filter2dOptions Options = Filter2dOptions{}>
struct Filter2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    constexpr Extent2 kernel{Kernel.height, Kernel.width};
    d.op.kind = Kind::filter2d;
    d.op.groups = in.channels;
    d.op.taps = kept_.values;
    const Extent2 extent = detail::declare_channelwise(
        "filter2d", in, {kernel, Options.stride, Options.dilation, Options.padding},
        Options.padding_mode, d);
    if (d.refusal.happened()) return;
    d.op.out = shape(in.channels, extent.h, extent.w);
    d.op.macs = static_cast<long long>(d.op.out.size()) * kernel.h * kernel.w;
  }

 private:
  static constexpr auto kept_ = Kernel;  // where kernels find the taps at run time
};

template <Taps Kernel, Filter2dOptions Options = Filter2dOptions{}>
inline constexpr Filter2d<Kernel, Options> filter2d{};

}  // namespace convexpr
