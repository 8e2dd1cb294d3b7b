// Steps of three rows and two columns end before a 9x8 image does.
// EXPECT: "the network"
// EXPECT: conv2d: with .exact_fit the stride must tile the padded input
// EXPECT: 2 rows and 1 column left over
// EXPECT: none left over
// EXPECT: write .padding = {1, 0, 2, 1}, or make the input 10x9
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 8>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::conv2d<8, {.kernel = 3, .stride = {3, 2}, .padding = {1, 0}, .exact_fit = true}>;
#else
constexpr auto architecture =
    cx::conv2d<8, {.kernel = 3, .stride = {3, 2}, .padding = {1, 0, 2, 1}, .exact_fit = true}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
