// The same convolution on an image of more channels has other weights.
// EXPECT: "b.layer.0"
// EXPECT: shared: every use must give a parameter one shape
// EXPECT: weight 8x8x3x3
// EXPECT: weight 8x3x3x3 as in the first use, a.layer.0
// EXPECT: give all uses inputs of one number of channels
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::named<"a">(cx::shared<"layer">(cx::conv2d<8, {.kernel = 3}> | cx::relu)) |
    cx::named<"b">(cx::shared<"layer">(cx::conv2d<8, {.kernel = 3}> | cx::relu));
#else
constexpr auto architecture =
    cx::named<"a">(cx::shared<"layer">(cx::conv2d<8, {.kernel = 3}> | cx::relu)) |
    cx::conv2d<3, {.kernel = 1}> |
    cx::named<"b">(cx::shared<"layer">(cx::conv2d<8, {.kernel = 3}> | cx::relu));
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
