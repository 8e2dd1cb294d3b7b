// Six columns are more than the five that there are.
// EXPECT: "0"
// EXPECT: conv_transpose2d: the padding leaves nothing of the output
// EXPECT: output 0x-1
// EXPECT: at least 1x1
// EXPECT: write less .padding, which a transposed convolution takes off the output
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 4, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 1, .padding = {2, 3}}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 1, .padding = {1, 2}}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
