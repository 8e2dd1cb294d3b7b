// A channel cannot be dropped more often than always.
// EXPECT: "1"
// EXPECT: dropout2d: the probability must lie between 0 and 1
// EXPECT: over 1
// EXPECT: 0 to 1
// EXPECT: write dropout2d<0.5>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::dropout2d<1.5>;
#else
constexpr auto architecture = cx::relu | cx::dropout2d<1>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
