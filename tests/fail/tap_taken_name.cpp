// One name for two values would leave open which of them is read.
// EXPECT: "2"
// EXPECT: tap: the name is taken
// EXPECT: "x" twice
// EXPECT: one tap of a name in the network
// EXPECT: write another name for the second one; a block that runs twice cannot have one
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::tap<"x"> | cx::relu | cx::tap<"x"> | cx::sum_with<"x">;
#else
constexpr auto architecture = cx::tap<"x"> | cx::relu | cx::tap<"y"> | cx::sum_with<"x">;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
