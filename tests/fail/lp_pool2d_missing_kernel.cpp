// A power says which norm, not over which window.
// EXPECT: "1"
// EXPECT: lp_pool2d: the kernel is missing
// EXPECT: no .kernel
// EXPECT: one number, or {height, width}
// EXPECT: write .kernel = 3
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::lp_pool2d<2, {.stride = 2}>;
#else
constexpr auto architecture = cx::relu | cx::lp_pool2d<2, {.kernel = 2}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
