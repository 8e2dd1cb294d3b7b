// U-Net: an encoder, a decoder, and long skips from one to the other.
//
// Source: Ronneberger, Fischer, Brox, "U-Net: Convolutional networks for biomedical image
// segmentation", MICCAI 2015, Figure 1. The figure's convolutions are not padded, so that skips are
// cropped: that is `unet<2, 0>`. Commonly they are, as in `unet<2>`: then the map of classes is as
// large as the image and no skip is cropped. Nothing else differs, least of all a parameter.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

template <int Channels, int Padding>
inline constexpr auto two_convolutions =
    cx::conv2d<Channels, {.kernel = 3, .padding = Padding}> | cx::relu |
    cx::conv2d<Channels, {.kernel = 3, .padding = Padding}> | cx::relu;

/// Keeps what it made for the way up, and halves the extents.
template <cx::text Name, int Channels, int Padding>
inline constexpr auto down =
    two_convolutions<Channels, Padding> | cx::tap<Name> | cx::max_pool2d<{.kernel = 2}>;

/// Doubles the extents and meets what was kept on the way down.
template <cx::text Name, int Channels, int Padding>
inline constexpr auto up =
    cx::conv_transpose2d<Channels, {.kernel = 2, .stride = 2}> |
    cx::concat_with<Name, {.crop = Padding == 0}> | two_convolutions<Channels, Padding>;

/// With a padding of 1, extents that are multiples of 16 come out as they went in.
template <int Classes, int Padding = 1>
inline constexpr auto unet =
    down<"level1", 64, Padding> | down<"level2", 128, Padding> | down<"level3", 256, Padding> |
    down<"level4", 512, Padding> | two_convolutions<1024, Padding> | up<"level4", 512, Padding> |
    up<"level3", 256, Padding> | up<"level2", 128, Padding> | up<"level1", 64, Padding> |
    cx::conv2d<Classes, {.kernel = 1}>;

}  // namespace architectures
