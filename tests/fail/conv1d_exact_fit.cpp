// Steps of three elements end before a sequence of ten does.
// EXPECT: "the network"
// EXPECT: conv1d: with .exact_fit the stride must tile the padded input
// EXPECT: 1 element left over
// EXPECT: none left over
// EXPECT: write .padding = {0, 2}, or make the input 12
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 10>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv1d<8, {.kernel = 3, .stride = 3, .exact_fit = true}>;
#else
constexpr auto architecture =
    cx::conv1d<8, {.kernel = 3, .stride = 3, .padding = {0, 2}, .exact_fit = true}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
