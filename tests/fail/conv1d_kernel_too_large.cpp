// Five taps, every second element, need nine elements.
// EXPECT: "the network"
// EXPECT: conv1d: the kernel is larger than the padded input
// EXPECT: kernel 9 with its dilation
// EXPECT: at most 8
// EXPECT: write a smaller kernel or more padding; the input is 7
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv1d<8, {.kernel = 5, .padding = {0, 1}, .dilation = 2}>;
#else
constexpr auto architecture = cx::conv1d<8, {.kernel = 5, .padding = {1, 1}, .dilation = 2}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
