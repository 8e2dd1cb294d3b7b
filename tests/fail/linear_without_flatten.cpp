// A dense layer reads a vector; after a convolution comes an image.
// EXPECT: "1"
// EXPECT: linear: the input must be a vector of features
// EXPECT: 8x7x5, an image
// EXPECT: a vector, such as the 280 features of flatten
// EXPECT: write flatten | linear<...>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<8, {.kernel = 3}> | cx::linear<10>;
#else
constexpr auto architecture = cx::conv2d<8, {.kernel = 3}> | cx::flatten | cx::linear<10>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
