// Pooled to no length, nothing is left.
// EXPECT: "the network"
// EXPECT: adaptive_max_pool1d: the length must be positive
// EXPECT: "0"
// EXPECT: at least 1
// EXPECT: write adaptive_max_pool1d<1>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::adaptive_max_pool1d<0>;
#else
constexpr auto architecture = cx::adaptive_max_pool1d<1>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
