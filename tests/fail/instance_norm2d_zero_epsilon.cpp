// Without epsilon a constant channel would be divided by 0.
// EXPECT: "the network"
// EXPECT: instance_norm2d: epsilon must be positive
// EXPECT: 0 or less
// EXPECT: more than 0
// EXPECT: write .epsilon = 1e-5f, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::instance_norm2d<{.epsilon = 0}>;
#else
constexpr auto architecture = cx::instance_norm2d<{.affine = true}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
