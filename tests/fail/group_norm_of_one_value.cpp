// One value less its mean is 0, whatever it is.
// EXPECT: "2"
// EXPECT: group_norm: a group must have two or more values
// EXPECT: 8 in 8 groups
// EXPECT: 2 or more values in each
// EXPECT: write fewer groups: one value less its mean is 0
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::linear<8> | cx::group_norm<8>;
#else
constexpr auto architecture = cx::flatten | cx::linear<8> | cx::group_norm<4>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
