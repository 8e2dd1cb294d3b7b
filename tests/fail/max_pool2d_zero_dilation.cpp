// Taps that all stand on one pixel.
// EXPECT: "the network"
// EXPECT: max_pool2d: the dilation must be positive
// EXPECT: "0x1"
// EXPECT: at least 1x1
// EXPECT: write .dilation = 1, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::max_pool2d<{.kernel = 3, .dilation = {0, 1}}>;
#else
constexpr auto architecture = cx::max_pool2d<{.kernel = 3, .dilation = {2, 1}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
