// Pooled to no columns, nothing is left.
// EXPECT: "the network"
// EXPECT: adaptive_avg_pool2d: the extents must be positive
// EXPECT: "4x0"
// EXPECT: at least 1x1
// EXPECT: write adaptive_avg_pool2d<1, 1>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::adaptive_avg_pool2d<4, 0>;
#else
constexpr auto architecture = cx::adaptive_avg_pool2d<4, 1>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
