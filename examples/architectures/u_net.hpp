// The U-Net as a type.
//
// Source: Ronneberger, Fischer, Brox, "U-Net: convolutional networks for biomedical image
// segmentation", MICCAI 2015, figure 1: convolutions without padding, so that what the long skips
// bring is cropped.
#pragma once

#include <convexpr/layers/layers.hpp>

namespace architectures {

namespace cx = convexpr;

/// Two 3x3 convolutions, each of which loses a pixel on every side.
template <int Channels>
inline constexpr auto u_net_level =
    cx::conv2d<Channels, {.kernel = 3}> | cx::relu | cx::conv2d<Channels, {.kernel = 3}> | cx::relu;

/// Down: what a level computes is remembered, then its extents are halved.
template <cx::text Name, int Channels>
inline constexpr auto u_net_down =
    cx::named<Name>(u_net_level<Channels>) | cx::tap<Name> | cx::max_pool2d<{.kernel = 2}>;

/// Up: "an upsampling of the feature map followed by a 2x2 convolution that halves the number of
/// feature channels, a concatenation with the correspondingly cropped feature map", and a level.
template <cx::text Skip, cx::text Name, int Channels>
inline constexpr auto u_net_up =
    cx::named<Name>(cx::upsample<{.scale = 2}> |
                    cx::conv2d<Channels, {.kernel = 2, .padding = {0, 0, 1, 1}}> |
                    cx::concat_with<Skip, {.crop = true}> | u_net_level<Channels>);

inline constexpr auto u_net =
    u_net_down<"down1", 64> | u_net_down<"down2", 128> | u_net_down<"down3", 256> |
    u_net_down<"down4", 512> | cx::named<"bottom">(u_net_level<1024>) |
    u_net_up<"down4", "up4", 512> | u_net_up<"down3", "up3", 256> | u_net_up<"down2", "up2", 128> |
    u_net_up<"down1", "up1", 64> | cx::named<"classes">(cx::conv2d<2, {.kernel = 1}>);

}  // namespace architectures
