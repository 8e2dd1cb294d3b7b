// The fourth copy of a block that shrinks its input has too little left; the path says which.
// EXPECT: "1.3.0"
// EXPECT: conv2d: the kernel is larger than the padded input
// EXPECT: kernel 3x3
// EXPECT: at most 3x1
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::repeat<4>(cx::conv2d<3, {.kernel = 3}> | cx::relu);
#else
constexpr auto architecture = cx::relu | cx::repeat<3>(cx::conv2d<3, {.kernel = 3}> | cx::relu);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
