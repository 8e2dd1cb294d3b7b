// The kernel has no default.
// EXPECT: "1"
// EXPECT: conv1d: the kernel is missing
// EXPECT: no .kernel
// EXPECT: one number
// EXPECT: write .kernel = 3
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::conv1d<8, {.stride = 2}>;
#else
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 1, .stride = 2}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
