// GoogLeNet ends in a 7 x 7 mean; a smaller picture has no 7 x 7 pixels left there.
// EXPECT: "the network"
// EXPECT: avg_pool2d: the kernel is larger than the padded input
// EXPECT: kernel 7x7
// EXPECT: at most 5x7
// EXPECT: the input is 5x7
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 5, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::avg_pool2d<{.kernel = 7}>;
#else
constexpr auto architecture = cx::avg_pool2d<{.kernel = {5, 7}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
