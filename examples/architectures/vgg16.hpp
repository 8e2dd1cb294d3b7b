// VGG-16, configuration D.
//
// Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
// recognition", ICLR 2015.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

/// `Count` convolutions that keep the size, and a pool that halves it.
template <int Count, int Channels>
inline constexpr auto vgg_stage =
    cx::repeat<Count>(cx::conv2d<Channels, {.kernel = 3, .padding = 1}> | cx::relu) |
    cx::max_pool2d<{.kernel = 2}>;

inline constexpr auto vgg16 = vgg_stage<2, 64> | vgg_stage<2, 128> | vgg_stage<3, 256> |
                              vgg_stage<3, 512> | vgg_stage<3, 512> | cx::flatten |
                              cx::linear<4096> | cx::relu | cx::dropout<0.5> | cx::linear<4096> |
                              cx::relu | cx::dropout<0.5> | cx::linear<1000>;

}  // namespace architectures
