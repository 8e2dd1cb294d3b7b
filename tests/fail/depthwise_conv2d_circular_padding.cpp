// A border that wraps round has no more rows than the image.
// EXPECT: "0"
// EXPECT: depthwise_conv2d: a circular padding must not be larger than the input
// EXPECT: 4x1 around 3x7
// EXPECT: at most 3x7
// EXPECT: write less padding, or .padding_mode = PaddingMode::replicate
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 3, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::depthwise_conv2d<{
        .kernel = 3, .padding = {4, 1}, .padding_mode = cx::PaddingMode::circular}> |
    cx::relu;
#else
constexpr auto architecture =
    cx::depthwise_conv2d<{
        .kernel = 3, .padding = {3, 1}, .padding_mode = cx::PaddingMode::circular}> |
    cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
