// A maximum is no sum of products, and has no matrix.
// EXPECT: "toeplitz_matrix"
// EXPECT: toeplitz_matrix: the layer must be a convolution
// EXPECT: "MaxPool2d"
// EXPECT: one layer, such as Conv2d<8, {.kernel = 3}>
// EXPECT: write jacobian(net, x) for the matrix of any network at x
#include <convexpr/inspect/toeplitz.hpp>
#include <convexpr/layers/layers.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Layer = cx::MaxPool2d<{.kernel = 3}>;
#else
using Layer = cx::Conv2d<1, {.kernel = 3}>;
#endif

int main() { return cx::toeplitz_matrix(cx::Network<Layer, cx::Input<1, 5, 5>>{}).rows(); }
