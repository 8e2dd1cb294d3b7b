// One value less its mean is 0, whatever it is.
// EXPECT: "2"
// EXPECT: layer_norm: the input must have two or more values
// EXPECT: "1"
// EXPECT: 2 or more values
// EXPECT: leave the layer out: one value less its mean is 0
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::linear<1> | cx::layer_norm<>;
#else
constexpr auto architecture = cx::flatten | cx::linear<2> | cx::layer_norm<>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
