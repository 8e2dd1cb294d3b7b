// MobileNetV2: residuals between narrow layers, around a wide depthwise convolution.
//
// Source: Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018,
// Table 2.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

namespace detail {

/// Widens, filters each channel, and narrows again; the narrow end has no activation.
template <int Wide, int Out, int Stride>
inline constexpr auto filter_and_narrow =
    cx::depthwise_conv2d<{.kernel = 3, .stride = Stride, .padding = 1, .bias = false}> |
    cx::batch_norm2d<> | cx::relu6 | cx::conv2d<Out, {.kernel = 1, .bias = false}> |
    cx::batch_norm2d<>;

template <int In, int Out, int Stride, int Expansion>
constexpr auto bottleneck() {
  constexpr int wide = In * Expansion;
  constexpr auto narrow = filter_and_narrow<wide, Out, Stride>;
  if constexpr (Expansion == 1) {
    return narrow;
  } else {
    return cx::conv2d<wide, {.kernel = 1, .bias = false}> | cx::batch_norm2d<> | cx::relu6 | narrow;
  }
}

}  // namespace detail

/// A bottleneck from In to Out channels; around it the input flows where it keeps its shape.
template <int In, int Out, int Stride, int Expansion>
constexpr auto inverted_residual() {
  constexpr auto body = detail::bottleneck<In, Out, Stride, Expansion>();
  if constexpr (Stride == 1 && In == Out) {
    return cx::residual(body);
  } else {
    return body;
  }
}

/// `Count` of them; the first changes the channels and takes the stride.
template <int In, int Out, int Stride, int Count, int Expansion = 6>
inline constexpr auto inverted_residuals =
    inverted_residual<In, Out, Stride, Expansion>() |
    cx::repeat<Count - 1>(inverted_residual<Out, Out, 1, Expansion>());

inline constexpr auto mobilenet_v2 =
    cx::conv2d<32, {.kernel = 3, .stride = 2, .padding = 1, .bias = false}> | cx::batch_norm2d<> |
    cx::relu6 | inverted_residual<32, 16, 1, 1>() | inverted_residuals<16, 24, 2, 2> |
    inverted_residuals<24, 32, 2, 3> | inverted_residuals<32, 64, 2, 4> |
    inverted_residuals<64, 96, 1, 3> | inverted_residuals<96, 160, 2, 3> |
    inverted_residual<160, 320, 1, 6>() | cx::conv2d<1280, {.kernel = 1, .bias = false}> |
    cx::batch_norm2d<> | cx::relu6 | cx::global_avg_pool2d | cx::flatten | cx::dropout<0.2> |
    cx::linear<1000>;

}  // namespace architectures
