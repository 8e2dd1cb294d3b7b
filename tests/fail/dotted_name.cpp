// Dots separate the names of a path.
// EXPECT: "the network"
// EXPECT: named: the name must not contain a dot
// EXPECT: "a.b"
// EXPECT: one name for one block
// EXPECT: write named<"a">(named<"b">(block)), whose path is a.b
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::named<"a.b">(cx::relu);
#else
constexpr auto architecture = cx::named<"a">(cx::named<"b">(cx::relu));
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
