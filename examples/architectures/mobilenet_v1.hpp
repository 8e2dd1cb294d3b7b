// MobileNetV1: every 3x3 convolution is a depthwise one, followed by a 1x1 that mixes the channels.
//
// Source: Howard et al., "MobileNets: Efficient convolutional neural networks for mobile vision
// applications", 2017, Table 1.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

/// Figure 3 of the paper: each image by itself, then all of them pixel by pixel.
template <int Out, int Stride = 1>
inline constexpr auto separable_convolution =
    cx::depthwise_conv2d<{.kernel = 3, .stride = Stride, .padding = 1, .bias = false}> |
    cx::batch_norm2d<> | cx::relu | cx::conv2d<Out, {.kernel = 1, .bias = false}> |
    cx::batch_norm2d<> | cx::relu;

inline constexpr auto mobilenet_v1 =
    cx::conv2d<32, {.kernel = 3, .stride = 2, .padding = 1, .bias = false}> | cx::batch_norm2d<> |
    cx::relu | separable_convolution<64> | separable_convolution<128, 2> |
    separable_convolution<128> | separable_convolution<256, 2> | separable_convolution<256> |
    separable_convolution<512, 2> | cx::repeat<5>(separable_convolution<512>) |
    separable_convolution<1024, 2> | separable_convolution<1024> | cx::global_avg_pool2d |
    cx::flatten | cx::linear<1000>;

}  // namespace architectures
