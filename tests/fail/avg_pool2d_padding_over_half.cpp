// Means too need a pixel in each window.
// EXPECT: "the network"
// EXPECT: avg_pool2d: the padding must be at most half the kernel
// EXPECT: "1x0"
// EXPECT: at most 0x1
// EXPECT: write .padding = {0, 1}, or a larger kernel
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::avg_pool2d<{.kernel = {1, 2}, .padding = {0, 0, 1, 0}}>;
#else
constexpr auto architecture = cx::avg_pool2d<{.kernel = {2, 2}, .padding = {0, 0, 1, 0}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
