// What was tapped is smaller than the image that it shall stand beside.
// EXPECT: "3"
// EXPECT: concat_with: the tapped value is too small to crop
// EXPECT: 3x7x5 in tap "x"
// EXPECT: 8x11x9 as the chain's, or larger
// EXPECT: bring the chain to the extents that the value was tapped with
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<3, {.kernel = 3}> | cx::tap<"x"> |
                              cx::conv2d<8, {.kernel = 1, .padding = 2}> |
                              cx::concat_with<"x", {.crop = true}>;
#else
constexpr auto architecture = cx::conv2d<3, {.kernel = 3}> | cx::tap<"x"> |
                              cx::conv2d<8, {.kernel = 3}> | cx::concat_with<"x", {.crop = true}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
