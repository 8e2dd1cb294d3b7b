// Six channels cannot be dealt to four groups.
// EXPECT: "1"
// EXPECT: conv1d: the input channels must be divisible by the groups
// EXPECT: 6 channels in 4 groups
// EXPECT: a divisor of 6
// EXPECT: change .groups, or the channels of the layer before
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 3, .groups = 4}>;
#else
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 3, .groups = 2}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
