// SqueezeNet 1.1: the accuracy of AlexNet with a fiftieth of its parameters.
//
// Source: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
// < 0.5 MB model size", 2016; version 1.1 as its authors released it, at 2.4 times less work.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

/// A 1x1 convolution that squeezes, then 1x1 and 3x3 convolutions side by side that expand.
template <int Squeeze, int Expand>
inline constexpr auto fire = cx::conv2d<Squeeze, {.kernel = 1}> | cx::relu |
                             cx::concat(cx::conv2d<Expand, {.kernel = 1}> | cx::relu,
                                        cx::conv2d<Expand, {.kernel = 3, .padding = 1}> | cx::relu);

inline constexpr auto shrink = cx::max_pool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}>;

inline constexpr auto squeezenet =
    cx::conv2d<64, {.kernel = 3, .stride = 2}> | cx::relu | shrink | fire<16, 64> | fire<16, 64> |
    shrink | fire<32, 128> | fire<32, 128> | shrink | fire<48, 192> | fire<48, 192> |
    fire<64, 256> | fire<64, 256> | cx::dropout<0.5> | cx::conv2d<1000, {.kernel = 1}> | cx::relu |
    cx::global_avg_pool2d | cx::flatten;

}  // namespace architectures
