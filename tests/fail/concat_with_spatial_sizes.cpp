// A convolution without padding has made the image smaller since the tap.
// EXPECT: "2"
// EXPECT: concat_with: the tapped value must have the height and width of the chain's
// EXPECT: 3x9x7 in tap "x"
// EXPECT: 8x7x5 as the chain's
// EXPECT: write concat_with<"x", {.crop = true}>, or padding that keeps the size
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::tap<"x"> | cx::conv2d<8, {.kernel = 3}> | cx::concat_with<"x">;
#else
constexpr auto architecture =
    cx::tap<"x"> | cx::conv2d<8, {.kernel = 3}> | cx::concat_with<"x", {.crop = true}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
