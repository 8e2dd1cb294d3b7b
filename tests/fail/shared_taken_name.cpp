// A shared block and a named one in one chain would have one path.
// EXPECT: "the network"
// EXPECT: shared: the name is taken
// EXPECT: "block" twice
// EXPECT: one block of a name in each chain
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::named<"block">(cx::relu) | cx::shared<"block">(cx::tanh);
#else
constexpr auto architecture = cx::named<"block">(cx::relu) | cx::shared<"other">(cx::tanh);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
