// A window of eight columns does not fit seven.
// EXPECT: "the network"
// EXPECT: lp_pool2d: the kernel is larger than the padded input
// EXPECT: kernel 2x8
// EXPECT: at most 9x7
// EXPECT: the input is 9x7
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::lp_pool2d<2, {.kernel = {2, 8}}>;
#else
constexpr auto architecture = cx::lp_pool2d<2, {.kernel = {2, 7}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
