// A sequence has a length but no rows.
// EXPECT: "the network"
// EXPECT: avg_pool2d: the input must be an image
// EXPECT: "3x9"
// EXPECT: channels x height x width
// EXPECT: move the layer before flatten, or declare Input<C, H, W>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::avg_pool2d<{.kernel = 3}>;
#else
constexpr auto architecture = cx::avg_pool1d<{.kernel = 3}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
