// LeNet-5 for 28 x 28 images, with ReLU and max pooling as it is trained today.
//
// Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
// recognition", Proceedings of the IEEE, 1998.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

inline constexpr auto lenet5 =
    cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::relu | cx::max_pool2d<{.kernel = 2}> |
    cx::conv2d<16, {.kernel = 5}> | cx::relu | cx::max_pool2d<{.kernel = 2}> | cx::flatten |
    cx::linear<120> | cx::relu | cx::linear<84> | cx::relu | cx::linear<10>;

}  // namespace architectures
