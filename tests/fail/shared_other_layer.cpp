// One name stands for one block, here for a convolution and for a pool.
// EXPECT: "2.block"
// EXPECT: shared: one name stands for one block
// EXPECT: MaxPool2d as layer 1 of the block
// EXPECT: ReLU as in the first use
// EXPECT: write another name for the other block
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::shared<"block">(cx::conv2d<3, {.kernel = 1}> | cx::relu) | cx::tanh |
    cx::residual(cx::shared<"block">(cx::conv2d<3, {.kernel = 1}> | cx::max_pool2d<{.kernel = 1}>));
#else
constexpr auto architecture =
    cx::shared<"block">(cx::conv2d<3, {.kernel = 1}> | cx::relu) | cx::tanh |
    cx::residual(cx::shared<"block">(cx::conv2d<3, {.kernel = 1}> | cx::relu));
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
