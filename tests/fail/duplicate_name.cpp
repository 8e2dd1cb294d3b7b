// Two blocks of one name in one chain would share their entries in a state dict.
// EXPECT: "the network"
// EXPECT: named: the name is taken
// EXPECT: "block" twice
// EXPECT: one block of a name in each chain
// EXPECT: write another name for the second block
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::named<"block">(cx::relu) | cx::named<"block">(cx::tanh);
#else
constexpr auto architecture = cx::named<"block">(cx::relu) | cx::named<"other">(cx::tanh);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
