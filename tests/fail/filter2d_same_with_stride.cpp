// A stride makes the image smaller whatever the padding.
// EXPECT: "0"
// EXPECT: filter2d: same padding must have a stride of 1
// EXPECT: stride 2x1
// EXPECT: stride 1x1
// EXPECT: write .padding = {1, 1, 1, 1}, or leave .stride out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::filter2d<cx::sobel_x, {.stride = {2, 1}, .padding = cx::same}> | cx::relu;
#else
constexpr auto architecture = cx::filter2d<cx::sobel_x, {.padding = cx::same}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
