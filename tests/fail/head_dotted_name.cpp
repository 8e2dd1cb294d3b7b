// Dots separate the names of a path.
// EXPECT: "the network"
// EXPECT: head: the name must not contain a dot
// EXPECT: "aux.1"
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::head<"aux.1">(cx::flatten);
#else
constexpr auto architecture = cx::relu | cx::head<"aux1">(cx::flatten);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
