// The chance of the only class is 1, whatever the network says.
// EXPECT: "2"
// EXPECT: log_softmax: needs two or more channels or features to compare
// EXPECT: "1"
// EXPECT: 2 or more channels
// EXPECT: write sigmoid for the probability of one class
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::linear<1> | cx::log_softmax;
#else
constexpr auto architecture = cx::flatten | cx::linear<2> | cx::log_softmax;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
