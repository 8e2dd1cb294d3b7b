// The output padding adds to the output; what takes away is the padding.
// EXPECT: "0"
// EXPECT: conv_transpose2d: the output padding must not be negative
// EXPECT: 0x-1
// EXPECT: 0 or more
// EXPECT: write .output_padding = 0, or leave it out; .padding makes the output smaller
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 4, 5>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::conv_transpose2d<4, {.kernel = 3, .output_padding = {0, -1}}> | cx::relu;
#else
constexpr auto architecture =
    cx::conv_transpose2d<4, {.kernel = 3, .output_padding = 0}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
