// Heads are found by name in the whole network, so that no two can have one.
// EXPECT: "second"
// EXPECT: head: the name is taken
// EXPECT: "aux" twice
// EXPECT: one head of a name in the network
// EXPECT: write another name for the second one; a block that runs twice cannot have one
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::named<"first">(cx::relu | cx::head<"aux">(cx::flatten)) |
                              cx::named<"second">(cx::tanh | cx::head<"aux">(cx::flatten));
#else
constexpr auto architecture = cx::named<"first">(cx::relu | cx::head<"aux">(cx::flatten)) |
                              cx::named<"second">(cx::tanh | cx::head<"aux2">(cx::flatten));
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
