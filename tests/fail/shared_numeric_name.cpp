// Numbers are the positions of blocks without a name.
// EXPECT: "the network"
// EXPECT: shared: the name must be a word
// EXPECT: "7"
// EXPECT: a name that is not empty and no number
// EXPECT: write shared<"stem">(block); numbers are the positions of unnamed blocks
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::shared<"7">(cx::relu);
#else
constexpr auto architecture = cx::shared<"seven">(cx::relu);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
