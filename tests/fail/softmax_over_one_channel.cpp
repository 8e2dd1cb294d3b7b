// Softmax compares channels; an image of one channel has none to compare.
// EXPECT: "1"
// EXPECT: softmax: needs two or more channels or features to compare
// EXPECT: 1x7x5: flatten is missing before it
// EXPECT: 2 or more channels
// EXPECT: write flatten | softmax
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<1, {.kernel = 3}> | cx::softmax;
#else
constexpr auto architecture = cx::conv2d<1, {.kernel = 3}> | cx::flatten | cx::softmax;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
