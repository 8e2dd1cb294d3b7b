// A number is no layer in the first place either.
// EXPECT: "position 0 of the chain"
// EXPECT: chain: only layers can be chained
// EXPECT: "double"
// EXPECT: write the value of a layer, as in relu, or its type with braces, as in ReLU{}
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = 0.5 | cx::relu | cx::tanh;
#else
constexpr auto architecture = cx::dropout<0.5> | cx::relu | cx::tanh;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
