// A 5x5 filter does not fit a 4x7 image.
// EXPECT: "0"
// EXPECT: filter2d: the kernel is larger than the padded input
// EXPECT: kernel 5x5
// EXPECT: at most 4x7
// EXPECT: write a smaller kernel or more padding; the input is 4x7
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

constexpr auto architecture = cx::filter2d<cx::gaussian<5>> | cx::relu;

#if EXPECT_FAILURE
using In = cx::Input<3, 4, 7>;
#else
using In = cx::Input<3, 5, 7>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
