// Padding adds; it does not cut off.
// EXPECT: "the network"
// EXPECT: max_pool1d: the padding must not be negative
// EXPECT: left 0, right -1
// EXPECT: 0 or more on each side
// EXPECT: write .padding = 0, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .padding = {0, -1}}>;
#else
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .padding = {0, 1}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
