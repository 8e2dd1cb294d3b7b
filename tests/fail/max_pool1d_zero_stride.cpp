// A window that never moves on.
// EXPECT: "the network"
// EXPECT: max_pool1d: the stride must be positive
// EXPECT: "0"
// EXPECT: at least 1
// EXPECT: write .stride = 1, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .stride = 0}>;
#else
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .stride = 1}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
