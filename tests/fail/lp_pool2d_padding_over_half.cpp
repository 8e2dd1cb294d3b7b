// Norms too need a pixel in each window.
// EXPECT: "the network"
// EXPECT: lp_pool2d: the padding must be at most half the kernel
// EXPECT: "2x0"
// EXPECT: at most 1x1
// EXPECT: write .padding = {1, 1}, or a larger kernel
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::lp_pool2d<2, {.kernel = 3, .padding = {2, 0}}>;
#else
constexpr auto architecture = cx::lp_pool2d<2, {.kernel = 3, .padding = {1, 0}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
