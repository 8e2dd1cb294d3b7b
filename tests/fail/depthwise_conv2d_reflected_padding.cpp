// A reflection has no more rows than the image has beside its edge.
// EXPECT: "0"
// EXPECT: depthwise_conv2d: a reflected padding must be smaller than the input
// EXPECT: 3x1 around 3x7
// EXPECT: at most 2x6
// EXPECT: write less padding, or .padding_mode = PaddingMode::replicate
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 3, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::depthwise_conv2d<{
        .kernel = 3, .padding = {3, 1}, .padding_mode = cx::PaddingMode::reflect}> |
    cx::relu;
#else
constexpr auto architecture =
    cx::depthwise_conv2d<{
        .kernel = 3, .padding = {2, 1}, .padding_mode = cx::PaddingMode::reflect}> |
    cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
