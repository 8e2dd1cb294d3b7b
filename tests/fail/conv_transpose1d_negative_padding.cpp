// Padding takes elements off the output, it does not add them.
// EXPECT: "0"
// EXPECT: conv_transpose1d: the padding must not be negative
// EXPECT: left 1, right -1
// EXPECT: 0 or more on each side
// EXPECT: write .padding = 0, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose1d<4, {.kernel = 3, .padding = {1, -1}}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose1d<4, {.kernel = 3, .padding = {1, 1}}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
