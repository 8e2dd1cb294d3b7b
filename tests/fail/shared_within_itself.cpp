// A block of a name that contains another block of that name.
// EXPECT: "layer.layer"
// EXPECT: shared: a block cannot contain itself
// EXPECT: "layer" within it
// EXPECT: blocks of other names
// EXPECT: write another name for the inner block
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::shared<"layer">(cx::relu | cx::shared<"layer">(cx::tanh));
#else
constexpr auto architecture = cx::shared<"layer">(cx::relu | cx::shared<"inner">(cx::tanh));
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
