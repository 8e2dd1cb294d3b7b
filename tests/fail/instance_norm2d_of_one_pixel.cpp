// One pixel less its mean is 0, whatever it is.
// EXPECT: "1"
// EXPECT: instance_norm2d: the image must have two or more pixels
// EXPECT: 3x1x1
// EXPECT: 2 or more pixels
// EXPECT: move the layer to where the image is larger
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::global_avg_pool2d | cx::instance_norm2d<>;
#else
constexpr auto architecture = cx::instance_norm2d<> | cx::global_avg_pool2d;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
