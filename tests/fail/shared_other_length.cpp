// One name stands for one block, not for its beginning.
// EXPECT: "block"
// EXPECT: shared: one name stands for one block
// EXPECT: 1 layer
// EXPECT: 2 as in the first use
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::shared<"block">(cx::conv2d<3, {.kernel = 1}> | cx::relu) |
                              cx::shared<"block">(cx::conv2d<3, {.kernel = 1}>);
#else
constexpr auto architecture = cx::shared<"block">(cx::conv2d<3, {.kernel = 1}> | cx::relu) |
                              cx::shared<"other">(cx::conv2d<3, {.kernel = 1}>);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
