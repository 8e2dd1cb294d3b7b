// A convolution has no kernel unless it is told one.
// EXPECT: "the network"
// EXPECT: conv2d: the kernel is missing
// EXPECT: no .kernel
// EXPECT: one number, or {height, width}
// EXPECT: write .kernel = 3
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<8>;
#else
constexpr auto architecture = cx::conv2d<8, {.kernel = 3}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
