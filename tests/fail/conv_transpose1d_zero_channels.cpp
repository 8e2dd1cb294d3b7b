// A layer has an output channel.
// EXPECT: "0"
// EXPECT: conv_transpose1d: the output channels must be positive
// EXPECT: 0
// EXPECT: 1 or more
// EXPECT: write conv_transpose1d<64, {...}>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose1d<0, {.kernel = 3}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose1d<1, {.kernel = 3}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
