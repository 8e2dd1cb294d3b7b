// Enlarged zero times, nothing is left.
// EXPECT: "the network"
// EXPECT: upsample: the scale must be positive
// EXPECT: "2x0"
// EXPECT: at least 1x1
// EXPECT: write .scale = 2; a pool makes images smaller
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::upsample<{.scale = {2, 0}}>;
#else
constexpr auto architecture = cx::upsample<{.scale = {2, 1}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
