// A kernel of five rows does not fit an image of four.
// EXPECT: "0"
// EXPECT: conv2d: the kernel is larger than the padded input
// EXPECT: kernel 5x5
// EXPECT: at most 4x32
// EXPECT: write a smaller kernel or more padding; the input is 4x32
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

constexpr auto architecture = cx::conv2d<8, {.kernel = 5}> | cx::relu;

#if EXPECT_FAILURE
using In = cx::Input<3, 4, 32>;
#else
using In = cx::Input<3, 5, 32>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
