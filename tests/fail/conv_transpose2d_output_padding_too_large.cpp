// Without a stride there is one size of the output alone.
// EXPECT: "0"
// EXPECT: conv_transpose2d: the output padding must be smaller than the stride or the dilation
// EXPECT: 1x1
// EXPECT: at most 1x0
// EXPECT: write a smaller .output_padding, or a larger .stride
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 4, 5>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::conv_transpose2d<4, {.kernel = 3, .stride = {2, 1}, .output_padding = 1}> | cx::relu;
#else
constexpr auto architecture =
    cx::conv_transpose2d<4, {.kernel = 3, .stride = 2, .output_padding = 1}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
