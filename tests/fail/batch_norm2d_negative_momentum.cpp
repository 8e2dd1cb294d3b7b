// A running statistic cannot move away from the batch's.
// EXPECT: "the network"
// EXPECT: batch_norm2d: the momentum must lie between 0 and 1
// EXPECT: less than 0
// EXPECT: 0 to 1
// EXPECT: write .momentum = 0.1f, or leave it out: it is the weight of the new value
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::batch_norm2d<{.momentum = -0.1F}>;
#else
constexpr auto architecture = cx::batch_norm2d<{.momentum = 0}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
