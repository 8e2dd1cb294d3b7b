// What has no linear layer is convolutional already.
// EXPECT: "the network"
// EXPECT: convolutional: there must be a linear layer behind flatten
// EXPECT: no linear layer
// EXPECT: flatten | ... | linear<10>
// EXPECT: use the network as it is: it has nothing to turn into convolutions
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv2d<8, {.kernel = 3}> | cx::global_avg_pool2d;
#else
constexpr auto architecture =
    cx::conv2d<8, {.kernel = 3}> | cx::global_avg_pool2d | cx::flatten | cx::linear<10>;
#endif

int main() {
  using Map = cx::Network<cx::convolutional<decltype(architecture), In>, cx::Input<3, 16, 16>>;
  return Map::output_shape.height;
}
