// A window of three that starts two columns before the image could lie in the padding alone.
// EXPECT: "the network"
// EXPECT: max_pool2d: the padding must be at most half the kernel
// EXPECT: "1x2"
// EXPECT: at most 1x1
// EXPECT: write .padding = {1, 1}, or a larger kernel
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::max_pool2d<{.kernel = 3, .padding = {1, 2}}>;
#else
constexpr auto architecture = cx::max_pool2d<{.kernel = 3, .padding = {1, 1}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
