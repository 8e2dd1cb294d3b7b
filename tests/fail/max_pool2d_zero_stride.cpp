// A pooling window that never moves on.
// EXPECT: "1"
// EXPECT: max_pool2d: the stride must be positive
// EXPECT: "1x0"
// EXPECT: at least 1x1
// EXPECT: write .stride = 1, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::max_pool2d<{.kernel = 3, .stride = {1, 0}}>;
#else
constexpr auto architecture = cx::relu | cx::max_pool2d<{.kernel = 3, .stride = {1, 1}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
