// A chain is more than a convolution.
// EXPECT: "toeplitz_matrix"
// EXPECT: toeplitz_matrix: the layer must be a convolution
// EXPECT: a block of layers
// EXPECT: one layer, such as Conv2d<8, {.kernel = 3}>
// EXPECT: write jacobian(net, x) for the matrix of any network at x
#include <convexpr/inspect/toeplitz.hpp>
#include <convexpr/layers/layers.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<1, {.kernel = 3}> | cx::relu;
#else
constexpr auto architecture = cx::conv2d<1, {.kernel = 3}>;
#endif

int main() {
  const cx::Network<decltype(architecture), cx::Input<1, 5, 5>> net;
  return cx::toeplitz_matrix(net).rows();
}
