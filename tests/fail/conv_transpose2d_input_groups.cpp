// Four groups cannot share six channels evenly.
// EXPECT: "0"
// EXPECT: conv_transpose2d: the input channels must be divisible by the groups
// EXPECT: 6 channels in 4 groups
// EXPECT: a divisor of 6
// EXPECT: change .groups, or the channels of the layer before
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 4, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 3, .groups = 4}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 3, .groups = 2}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
