// Taps that are no elements apart read one element.
// EXPECT: "1"
// EXPECT: conv1d: the dilation must be positive
// EXPECT: "0"
// EXPECT: at least 1
// EXPECT: write .dilation = 1, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 3, .dilation = 0}>;
#else
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 3, .dilation = 1}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
