// An image and a vector have no height in common.
// EXPECT: "1"
// EXPECT: concat: the branches must have one height and width
// EXPECT: 189 in branch 1
// EXPECT: Cx9x7 as branch 0
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::concat(cx::identity, cx::flatten);
#else
constexpr auto architecture = cx::relu | cx::concat(cx::identity, cx::sigmoid);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
