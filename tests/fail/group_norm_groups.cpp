// Six channels cannot be dealt to four groups.
// EXPECT: "1"
// EXPECT: group_norm: the channels must be divisible by the groups
// EXPECT: 6 channels in 4 groups
// EXPECT: a divisor of 6
// EXPECT: change the groups, or the channels of the layer before
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<6, {.kernel = 1}> | cx::group_norm<4>;
#else
constexpr auto architecture = cx::conv2d<6, {.kernel = 1}> | cx::group_norm<3>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
