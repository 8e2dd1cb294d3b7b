// ResNet-18.
//
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

template <int Channels, int Stride>
inline constexpr auto basic_body =
    cx::conv2d<Channels, {.kernel = 3, .stride = Stride, .padding = 1, .bias = false}> |
    cx::batch_norm2d<> | cx::relu |
    cx::conv2d<Channels, {.kernel = 3, .padding = 1, .bias = false}> | cx::batch_norm2d<>;

/// Two 3x3 convolutions around which the input flows.
template <int Channels>
inline constexpr auto basic_block = cx::residual(basic_body<Channels, 1>) | cx::relu;

/// The same at half the size; a 1x1 convolution takes the input there.
template <int Channels>
inline constexpr auto halving_block =
    cx::residual(
        basic_body<Channels, 2>,
        cx::conv2d<Channels, {.kernel = 1, .stride = 2, .bias = false}> | cx::batch_norm2d<>) |
    cx::relu;

inline constexpr auto resnet18 =
    cx::conv2d<64, {.kernel = 7, .stride = 2, .padding = 3, .bias = false}> | cx::batch_norm2d<> |
    cx::relu | cx::max_pool2d<{.kernel = 3, .stride = 2, .padding = 1}> |
    cx::named<"layer1">(basic_block<64> | basic_block<64>) |
    cx::named<"layer2">(halving_block<128> | basic_block<128>) |
    cx::named<"layer3">(halving_block<256> | basic_block<256>) |
    cx::named<"layer4">(halving_block<512> | basic_block<512>) | cx::global_avg_pool2d |
    cx::flatten | cx::named<"fc">(cx::linear<1000>);

}  // namespace architectures
