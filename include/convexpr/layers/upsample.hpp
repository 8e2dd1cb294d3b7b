// Enlarging an image.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// What a new pixel is made of: the old pixel that it lies in, or the four that it lies between.
enum class UpsampleMode { nearest, bilinear };

/// Options of `Upsample`; the scale has no default.
struct UpsampleOptions {
  Extent2 scale{detail::not_given};
  UpsampleMode mode = UpsampleMode::nearest;
};

namespace detail {

/// What a new pixel reads along an axis: one element, or that before it and the next.
constexpr Window upsample_window(const UpsampleOptions& o) {
  const auto between = [&](int scale) { return o.mode == UpsampleMode::bilinear && scale > 1; };
  const int above = between(o.scale.h) ? 1 : 0;
  const int left = between(o.scale.w) ? 1 : 0;
  return {.kernel = {1 + above, 1 + left}, .padding = {above, left, 0, 0}};
}

constexpr void declare_upsample(Shape in, const UpsampleOptions& o, Declaration& d) {
  const bool nearest = o.mode == UpsampleMode::nearest;
  d.op.kind = nearest ? Kind::upsample_nearest : Kind::upsample_bilinear;
  require_image("upsample", in, d);
  if (o.scale.w == not_given) {
    d.refuse("upsample: the scale is missing", "no .scale", "one number, or {height, width}",
             "write .scale = 2");
  }
  require_positive("upsample", "scale", o.scale, in, ".scale = 2; a pool makes images smaller", d);
  if (d.refusal.happened()) return;
  d.op.window = upsample_window(o);
  d.op.out = shape(in.channels, in.height * o.scale.h, in.width * o.scale.w);
}

}  // namespace detail

/// An image `scale` times as large, by repeating pixels or by drawing lines between their centres.
///
///     nearest    y[c,i,j] = x[c, floor(i/s), floor(j/s)]
///     bilinear   y[c,i,j] = sum over h,w of (1 - |a - h|)(1 - |b - w|) x[c,h,w] beside (a, b),
///                a = (i + 1/2)/s - 1/2 kept between 0 and H - 1, b = (j + 1/2)/s - 1/2 likewise
///
/// Bilinear is PyTorch's with align_corners = False. Of a receptive field, the stride is divided by
/// the scale and rounded down, but 1 at least.
///
/// Shapes     x: C x H x W    y: C x sH x sW
/// Units      scale: new pixels an old one, a whole number along each axis
/// Errors     while compiling: the input is no image; no scale; a scale below 1
/// See also   PyTorch's torch.nn.Upsample
template <UpsampleOptions Options>
struct Upsample final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_upsample(in, Options, d);
  }
};

template <UpsampleOptions Options>
inline constexpr Upsample<Options> upsample{};

}  // namespace convexpr
