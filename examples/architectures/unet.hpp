// U-Net: an encoder, a decoder, and long skips from one to the other.
//
// Source: Ronneberger, Fischer, Brox, "U-Net: Convolutional networks for biomedical image
// segmentation", MICCAI 2015, Figure 1. Convolutions are padded here, so that the map of classes is
// as large as the image and no skip is cropped; nothing else differs, least of all a parameter.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

template <int Channels>
inline constexpr auto two_convolutions =
    cx::conv2d<Channels, {.kernel = 3, .padding = 1}> | cx::relu |
    cx::conv2d<Channels, {.kernel = 3, .padding = 1}> | cx::relu;

/// Keeps what it made for the way up, and halves the extents.
template <cx::text Name, int Channels>
inline constexpr auto down =
    two_convolutions<Channels> | cx::tap<Name> | cx::max_pool2d<{.kernel = 2}>;

/// Doubles the extents and meets what was kept on the way down.
template <cx::text Name, int Channels>
inline constexpr auto up = cx::conv_transpose2d<Channels, {.kernel = 2, .stride = 2}> |
                           cx::concat_with<Name> | two_convolutions<Channels>;

/// Extents that are multiples of 16 come out as they went in.
template <int Classes>
inline constexpr auto unet =
    down<"level1", 64> | down<"level2", 128> | down<"level3", 256> | down<"level4", 512> |
    two_convolutions<1024> | up<"level4", 512> | up<"level3", 256> | up<"level2", 128> |
    up<"level1", 64> | cx::conv2d<Classes, {.kernel = 1}>;

}  // namespace architectures
