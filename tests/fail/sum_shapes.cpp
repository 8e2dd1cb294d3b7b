// Images of different channels cannot be added.
// EXPECT: "mix"
// EXPECT: sum: the branches must have one shape
// EXPECT: 6x9x7 in branch 1
// EXPECT: 8x9x7 as branch 0
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::named<"mix">(cx::sum(cx::conv2d<8, {.kernel = 1}>, cx::conv2d<6, {.kernel = 1}>));
#else
constexpr auto architecture =
    cx::named<"mix">(cx::sum(cx::conv2d<8, {.kernel = 1}>, cx::conv2d<8, {.kernel = 1}>));
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
