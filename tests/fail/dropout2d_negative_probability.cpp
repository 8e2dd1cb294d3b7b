// A channel cannot be dropped less often than never.
// EXPECT: "1"
// EXPECT: dropout2d: the probability must lie between 0 and 1
// EXPECT: less than 0
// EXPECT: 0 to 1
// EXPECT: write dropout2d<0.5>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::dropout2d<-0.25>;
#else
constexpr auto architecture = cx::relu | cx::dropout2d<0.25>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
