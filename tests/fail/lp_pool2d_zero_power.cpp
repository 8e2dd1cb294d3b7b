// A sum of zeroth powers would count pixels, and has no zeroth root.
// EXPECT: "the network"
// EXPECT: lp_pool2d: the power must be positive
// EXPECT: "0"
// EXPECT: 1 or more
// EXPECT: write lp_pool2d<2, {...}>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::lp_pool2d<0, {.kernel = 2}>;
#else
constexpr auto architecture = cx::lp_pool2d<1, {.kernel = 2}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
