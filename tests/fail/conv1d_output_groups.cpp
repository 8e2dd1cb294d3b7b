// Eight channels cannot be made by three groups.
// EXPECT: "1"
// EXPECT: conv1d: the output channels must be divisible by the groups
// EXPECT: 8 channels in 3 groups
// EXPECT: a multiple of 3, such as 9
// EXPECT: change .groups, or the output channels
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 3, .groups = 3}>;
#else
constexpr auto architecture = cx::relu | cx::conv1d<9, {.kernel = 3, .groups = 3}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
