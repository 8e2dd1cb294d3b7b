// The mean over no channels is no number; the size has no default.
// EXPECT: "1"
// EXPECT: local_response_norm: the size must be positive
// EXPECT: "0"
// EXPECT: 1 or more
// EXPECT: write .size = 5
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::local_response_norm<{.alpha = 1e-4F}>;
#else
constexpr auto architecture = cx::relu | cx::local_response_norm<{.size = 1, .alpha = 1e-4F}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
