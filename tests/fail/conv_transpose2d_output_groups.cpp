// Three groups cannot share four channels evenly.
// EXPECT: "0"
// EXPECT: conv_transpose2d: the output channels must be divisible by the groups
// EXPECT: 4 channels in 3 groups
// EXPECT: a multiple of 3, such as 6
// EXPECT: change .groups, or the output channels
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 4, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 3, .groups = 3}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose2d<6, {.kernel = 3, .groups = 3}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
