// A kernel of no taps reads nothing.
// EXPECT: "1"
// EXPECT: conv1d: the kernel must be positive
// EXPECT: "0"
// EXPECT: at least 1
// EXPECT: write .kernel = 3
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 0}>;
#else
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 1}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
