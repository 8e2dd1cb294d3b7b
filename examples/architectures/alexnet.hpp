// AlexNet, in the one-tower form of torchvision.
//
// Source: Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

// torchvision averages to 6 x 6 before the classifier; at 224 x 224 the maps have that size
// already.
inline constexpr auto alexnet =
    cx::conv2d<64, {.kernel = 11, .stride = 4, .padding = 2}> | cx::relu |
    cx::max_pool2d<{.kernel = 3, .stride = 2}> | cx::conv2d<192, {.kernel = 5, .padding = 2}> |
    cx::relu | cx::max_pool2d<{.kernel = 3, .stride = 2}> |
    cx::conv2d<384, {.kernel = 3, .padding = 1}> | cx::relu |
    cx::conv2d<256, {.kernel = 3, .padding = 1}> | cx::relu |
    cx::conv2d<256, {.kernel = 3, .padding = 1}> | cx::relu |
    cx::max_pool2d<{.kernel = 3, .stride = 2}> | cx::flatten | cx::dropout<0.5> | cx::linear<4096> |
    cx::relu | cx::dropout<0.5> | cx::linear<4096> | cx::relu | cx::linear<1000>;

}  // namespace architectures
