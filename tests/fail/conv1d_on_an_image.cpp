// An image has rows, a sequence has none.
// EXPECT: "the network"
// EXPECT: conv1d: the input must be a sequence
// EXPECT: 3x9x7
// EXPECT: channels x length
// EXPECT: write the 2d form of the layer, or declare Input<C, L>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv1d<8, {.kernel = 3}>;
#else
constexpr auto architecture = cx::conv2d<8, {.kernel = 3}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
