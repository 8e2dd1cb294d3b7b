// Channels cannot be dealt to no groups.
// EXPECT: "the network"
// EXPECT: group_norm: the groups must be positive
// EXPECT: "0"
// EXPECT: 1 or more
// EXPECT: write group_norm<1>, or more groups
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::group_norm<0>;
#else
constexpr auto architecture = cx::group_norm<1>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
