// A body that changes the channels needs a shortcut that changes them too.
// EXPECT: "layer2.0"
// EXPECT: residual: the shortcut must have the shape of the body
// EXPECT: 4x9x7
// EXPECT: 8x9x7
// EXPECT: write residual(body, conv2d<8, {.kernel = 1}>)
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::conv2d<4, {.kernel = 1}> |
    cx::named<"layer2">(cx::residual(cx::conv2d<8, {.kernel = 3, .padding = 1}>) | cx::relu);
#else
constexpr auto architecture =
    cx::conv2d<4, {.kernel = 1}> |
    cx::named<"layer2">(
        cx::residual(cx::conv2d<8, {.kernel = 3, .padding = 1}>, cx::conv2d<8, {.kernel = 1}>) |
        cx::relu);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
