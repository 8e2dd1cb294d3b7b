// A window that never moves on.
// EXPECT: "0"
// EXPECT: conv2d: the stride must be positive
// EXPECT: "0x0"
// EXPECT: at least 1x1
// EXPECT: write .stride = 1, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<8, {.kernel = 3, .stride = 0}> | cx::relu;
#else
constexpr auto architecture = cx::conv2d<8, {.kernel = 3, .stride = 1}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
