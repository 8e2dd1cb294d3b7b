// A vector of features has no pixels to normalise over.
// EXPECT: "1"
// EXPECT: instance_norm2d: the input must be an image
// EXPECT: "189"
// EXPECT: channels x height x width
// EXPECT: move the layer before flatten, or declare Input<C, H, W>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::instance_norm2d<>;
#else
constexpr auto architecture = cx::instance_norm2d<> | cx::flatten;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
