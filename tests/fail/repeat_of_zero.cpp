// A block that is repeated no time; nothing would be left of it.
// EXPECT: "1"
// EXPECT: repeat: the count must be positive
// EXPECT: "0"
// EXPECT: 1 or more
// EXPECT: write repeat<2>(block)
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::repeat<0>(cx::conv2d<3, {.kernel = 3}>);
#else
constexpr auto architecture = cx::relu | cx::repeat<1>(cx::conv2d<3, {.kernel = 3}>);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
