// A window of three that starts two elements early could lie in the padding alone.
// EXPECT: "the network"
// EXPECT: max_pool1d: the padding must be at most half the kernel
// EXPECT: "2"
// EXPECT: at most 1
// EXPECT: write .padding = 1, or a larger kernel
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .padding = {2, 0}}>;
#else
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .padding = {1, 0}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
