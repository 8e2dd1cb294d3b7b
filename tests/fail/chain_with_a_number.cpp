// A number is no layer.
// EXPECT: "position 2 of the chain"
// EXPECT: chain: only layers can be chained
// EXPECT: "int"
// EXPECT: a layer, such as relu or conv2d<64, {.kernel = 3}>
// EXPECT: write the value of a layer, as in relu, or its type with braces, as in ReLU{}
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::tanh | 3;
#else
constexpr auto architecture = cx::relu | cx::tanh | cx::sigmoid;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
