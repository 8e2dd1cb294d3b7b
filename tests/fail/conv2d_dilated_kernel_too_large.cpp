// Three taps at a dilation of four cover nine columns, and the image has seven.
// EXPECT: "stem.0"
// EXPECT: conv2d: the kernel is larger than the padded input
// EXPECT: kernel 9x9 with its dilation
// EXPECT: at most 9x7
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::named<"stem">(cx::conv2d<8, {.kernel = 3, .dilation = 4}> | cx::relu);
#else
constexpr auto architecture =
    cx::named<"stem">(cx::conv2d<8, {.kernel = 3, .padding = {0, 1}, .dilation = 4}> | cx::relu);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
