// Pooling to a given size: the windows follow from the input.
//
// Next: layers/global_pool.hpp, the smallest of these sizes.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

namespace detail {

/// What all adaptive pools share; a sequence is an image of one row.
constexpr void declare_adaptive_pool(std::string_view layer, Kind kind, Shape in, Extent2 out,
                                     Declaration& d) {
  d.op.kind = kind;
  if (out.h < 1 || out.w < 1) {
    const bool sequence = in.rank == 2;
    d.refuse(
        about(layer, sequence ? "the length must be positive" : "the extents must be positive"),
        words(out, in), Sentence() << "at least " << words({1, 1}, in),
        Sentence() << "write " << layer << (sequence ? "<1>" : "<1, 1>"));
  }
  if (d.refusal.happened()) return;
  d.op.window = window::adaptive({in.height, in.width}, out);
  d.op.out = {in.channels, out.h, out.w, in.rank};
}

}  // namespace detail

/// The mean of each of Height x Width parts of an image.
///
///     y[c,i,j] = mean of x[c,h,w] over floor(i*H/H') <= h < ceil((i+1)*H/H'), likewise w
///
/// Where H' does not divide H the parts overlap; where it is larger, they repeat. The receptive
/// field is exact where the extents of the output divide those of the input; elsewhere it takes all
/// parts to be as large as the largest, H/H' elements apart, rounded down, but one at least.
///
/// Shapes     x: C x H x W    y: C x H' x W', H' = Height, W' = Width      (shape/window.hpp)
/// Errors     while compiling: the input is no image; an extent below 1
/// See also   PyTorch's torch.nn.AdaptiveAvgPool2d
template <int Height, int Width>
struct AdaptiveAvgPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("adaptive_avg_pool2d", in, d);
    detail::declare_adaptive_pool("adaptive_avg_pool2d", Kind::adaptive_avg_pool2d, in,
                                  {Height, Width}, d);
  }
};

template <int Height, int Width>
inline constexpr AdaptiveAvgPool2d<Height, Width> adaptive_avg_pool2d{};

/// The largest value in each of Height x Width parts of an image.
///
///     y[c,i,j] = max of x[c,h,w] over floor(i*H/H') <= h < ceil((i+1)*H/H'), likewise w
///
/// Shapes     as `AdaptiveAvgPool2d`; so is the receptive field
/// Errors     as `AdaptiveAvgPool2d`
/// See also   PyTorch's torch.nn.AdaptiveMaxPool2d; the gradient of a tie goes to its first
///            position
template <int Height, int Width>
struct AdaptiveMaxPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("adaptive_max_pool2d", in, d);
    detail::declare_adaptive_pool("adaptive_max_pool2d", Kind::adaptive_max_pool2d, in,
                                  {Height, Width}, d);
  }
};

template <int Height, int Width>
inline constexpr AdaptiveMaxPool2d<Height, Width> adaptive_max_pool2d{};

/// The mean of each of Length parts of a sequence.
///
///     y[c,j] = mean of x[c,l] over floor(j*L/L') <= l < ceil((j+1)*L/L')
///
/// Shapes     x: C x L    y: C x L', L' = Length; the receptive field as `AdaptiveAvgPool2d` has it
/// Errors     while compiling: the input is no sequence; a length below 1
/// See also   PyTorch's torch.nn.AdaptiveAvgPool1d
template <int Length>
struct AdaptiveAvgPool1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "AdaptiveAvgPool1d";
    detail::require_sequence("adaptive_avg_pool1d", in, d);
    detail::declare_adaptive_pool("adaptive_avg_pool1d", Kind::adaptive_avg_pool2d, in, {1, Length},
                                  d);
  }
};

template <int Length>
inline constexpr AdaptiveAvgPool1d<Length> adaptive_avg_pool1d{};

/// The largest value in each of Length parts of a sequence.
///
///     y[c,j] = max of x[c,l] over floor(j*L/L') <= l < ceil((j+1)*L/L')
///
/// Shapes     as `AdaptiveAvgPool1d`
/// Errors     as `AdaptiveAvgPool1d`
/// See also   PyTorch's torch.nn.AdaptiveMaxPool1d; the gradient of a tie goes to its first
///            position
template <int Length>
struct AdaptiveMaxPool1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "AdaptiveMaxPool1d";
    detail::require_sequence("adaptive_max_pool1d", in, d);
    detail::declare_adaptive_pool("adaptive_max_pool1d", Kind::adaptive_max_pool2d, in, {1, Length},
                                  d);
  }
};

template <int Length>
inline constexpr AdaptiveMaxPool1d<Length> adaptive_max_pool1d{};

}  // namespace convexpr
