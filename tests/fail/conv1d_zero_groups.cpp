// No group of channels is none to read.
// EXPECT: "1"
// EXPECT: conv1d: the groups must be positive
// EXPECT: "0"
// EXPECT: 1 or more
// EXPECT: leave .groups out, or write .groups = 1
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 3, .groups = 0}>;
#else
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 3, .groups = 1}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
