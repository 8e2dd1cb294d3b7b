// No norm has a negative power either.
// EXPECT: "the network"
// EXPECT: lp_pool1d: the power must be positive
// EXPECT: "-1"
// EXPECT: 1 or more
// EXPECT: write lp_pool1d<2, {...}>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::lp_pool1d<-1, {.kernel = 2}>;
#else
constexpr auto architecture = cx::lp_pool1d<1, {.kernel = 2}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
