// Only values of one shape can be added.
// EXPECT: "2"
// EXPECT: sum_with: the tapped value must have the shape of the chain's
// EXPECT: 3x9x7 in tap "x"
// EXPECT: 8x9x7 as the chain's
// EXPECT: write conv2d<3, {.kernel = 1}> before it
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::tap<"x"> | cx::conv2d<8, {.kernel = 1}> | cx::sum_with<"x">;
#else
constexpr auto architecture = cx::tap<"x"> | cx::conv2d<3, {.kernel = 1}> | cx::sum_with<"x">;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
