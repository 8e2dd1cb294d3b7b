// Taps that all stand on one pixel are one tap.
// EXPECT: "0"
// EXPECT: depthwise_conv2d: the dilation must be positive
// EXPECT: 0x0
// EXPECT: at least 1x1
// EXPECT: write .dilation = 1, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::depthwise_conv2d<{.kernel = 3, .dilation = 0}> | cx::relu;
#else
constexpr auto architecture = cx::depthwise_conv2d<{.kernel = 3, .dilation = 1}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
