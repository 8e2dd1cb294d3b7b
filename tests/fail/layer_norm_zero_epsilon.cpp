// Without epsilon a constant example would be divided by 0.
// EXPECT: "the network"
// EXPECT: layer_norm: epsilon must be positive
// EXPECT: 0 or less
// EXPECT: more than 0
// EXPECT: write .epsilon = 1e-5f, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::layer_norm<{.epsilon = 0}>;
#else
constexpr auto architecture = cx::layer_norm<{.affine = false}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
