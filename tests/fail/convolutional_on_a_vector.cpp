// Features have no places over which a window could move.
// EXPECT: "the network"
// EXPECT: convolutional: the input must be an image
// EXPECT: "189"
// EXPECT: channels x height x width
// EXPECT: declare Input<C, H, W>
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

constexpr auto architecture = cx::flatten | cx::linear<10>;

#if EXPECT_FAILURE
using In = cx::Input<189>;
#else
using In = cx::Input<3, 9, 7>;
#endif

int main() {
  using Map = cx::Network<cx::convolutional<decltype(architecture), In>, cx::Input<3, 16, 16>>;
  return Map::output_shape.height;
}
