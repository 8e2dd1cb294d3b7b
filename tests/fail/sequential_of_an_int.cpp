// A list of types may hold layers only.
// EXPECT: "1"
// EXPECT: chain: only layers can be chained
// EXPECT: "int"
// EXPECT: a layer, such as relu or conv2d<64, {.kernel = 3}>
// EXPECT: write the type of a layer, such as ReLU or Conv2d<64, {.kernel = 3}>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::Sequential<cx::ReLU, int>{};
#else
constexpr auto architecture = cx::Sequential<cx::ReLU, cx::Tanh>{};
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
