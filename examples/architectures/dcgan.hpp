// DCGAN's generator: from a hundred random numbers to a picture, by transposed convolutions alone.
//
// Source: Radford, Metz, Chintala, "Unsupervised representation learning with deep convolutional
// generative adversarial networks", ICLR 2016, Figure 1, at half its width and for 64x64 pictures,
// as its authors trained it.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

/// Doubles the extents.
template <int Out>
inline constexpr auto doubling =
    cx::conv_transpose2d<Out, {.kernel = 4, .stride = 2, .padding = 1, .bias = false}>;

/// From 100 x 1 x 1 to 3 x 64 x 64, values from -1 to 1.
inline constexpr auto dcgan_generator =
    cx::conv_transpose2d<512, {.kernel = 4, .bias = false}> | cx::batch_norm2d<> | cx::relu |
    doubling<256> | cx::batch_norm2d<> | cx::relu | doubling<128> | cx::batch_norm2d<> | cx::relu |
    doubling<64> | cx::batch_norm2d<> | cx::relu | doubling<3> | cx::tanh;

}  // namespace architectures
