// A convolution that makes no channels makes nothing.
// EXPECT: "the network"
// EXPECT: conv1d: the output channels must be positive
// EXPECT: "0"
// EXPECT: 1 or more
// EXPECT: write conv1d<64, {...}>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv1d<0, {.kernel = 3}>;
#else
constexpr auto architecture = cx::conv1d<1, {.kernel = 3}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
