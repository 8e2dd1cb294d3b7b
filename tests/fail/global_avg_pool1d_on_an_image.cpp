// The mean of an image is that of the 2d form.
// EXPECT: "the network"
// EXPECT: global_avg_pool1d: the input must be a sequence
// EXPECT: "3x9x7"
// EXPECT: channels x length
// EXPECT: write the 2d form of the layer, or declare Input<C, L>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::global_avg_pool1d;
#else
constexpr auto architecture = cx::global_avg_pool2d;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
