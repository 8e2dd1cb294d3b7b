// A dilated window of three reaches over nine elements; with the padding there are eight.
// EXPECT: "the network"
// EXPECT: max_pool1d: the kernel is larger than the padded input
// EXPECT: kernel 9 with its dilation
// EXPECT: at most 8
// EXPECT: the input is 7
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .padding = {1, 0}, .dilation = 4}>;
#else
constexpr auto architecture = cx::max_pool1d<{.kernel = 3, .padding = {1, 1}, .dilation = 4}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
