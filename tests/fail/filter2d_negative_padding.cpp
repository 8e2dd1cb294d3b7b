// Padding adds rows, it does not take them away.
// EXPECT: "0"
// EXPECT: filter2d: the padding must not be negative
// EXPECT: top 0, left 1, bottom 0, right -1
// EXPECT: 0 or more on each side
// EXPECT: write .padding = 0, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::filter2d<cx::sobel_x, {.padding = {0, 1, 0, -1}}> | cx::relu;
#else
constexpr auto architecture = cx::filter2d<cx::sobel_x, {.padding = {0, 1, 0, 1}}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
