// What keeps the extents of a convolution is no padding of its adjoint.
// EXPECT: "0"
// EXPECT: conv_transpose1d: the padding must be given in numbers
// EXPECT: .padding = same
// EXPECT: one number, or {left, right}
// EXPECT: write .padding = 1; same is for convolutions
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 5>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::conv_transpose1d<4, {.kernel = 3, .padding = cx::same}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose1d<4, {.kernel = 3, .padding = 1}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
