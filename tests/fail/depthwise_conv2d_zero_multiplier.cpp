// Every input channel has an output channel.
// EXPECT: "0"
// EXPECT: depthwise_conv2d: the multiplier must be positive
// EXPECT: 0
// EXPECT: 1 or more
// EXPECT: leave .multiplier out, or write .multiplier = 1
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::depthwise_conv2d<{.kernel = 3, .multiplier = 0}> | cx::relu;
#else
constexpr auto architecture = cx::depthwise_conv2d<{.kernel = 3, .multiplier = 1}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
