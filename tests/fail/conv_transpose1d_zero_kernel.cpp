// A kernel has a tap.
// EXPECT: "0"
// EXPECT: conv_transpose1d: the kernel must be positive
// EXPECT: 0
// EXPECT: at least 1
// EXPECT: write .kernel = 3
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose1d<4, {.kernel = 0}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose1d<4, {.kernel = 1}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
