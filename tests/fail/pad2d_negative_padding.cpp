// A border adds rows, it does not take them away.
// EXPECT: "1"
// EXPECT: pad2d: the padding must not be negative
// EXPECT: top -1, left 2, bottom 0, right 2
// EXPECT: 0 or more on each side
// EXPECT: write .padding = 0, or leave it out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::pad2d<{.padding = {-1, 2, 0, 2}}>;
#else
constexpr auto architecture = cx::relu | cx::pad2d<{.padding = {0, 2, 0, 2}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
