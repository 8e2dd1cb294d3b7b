// All channels are in one group at least.
// EXPECT: "0"
// EXPECT: conv_transpose2d: the groups must be positive
// EXPECT: 0
// EXPECT: 1 or more
// EXPECT: leave .groups out, or write .groups = 1
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 4, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 3, .groups = 0}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 3, .groups = 1}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
