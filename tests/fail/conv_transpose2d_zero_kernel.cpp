// A kernel has a tap.
// EXPECT: "0"
// EXPECT: conv_transpose2d: the kernel must be positive
// EXPECT: 3x0
// EXPECT: at least 1x1
// EXPECT: write .kernel = 3
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = {3, 0}}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = {3, 1}}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
