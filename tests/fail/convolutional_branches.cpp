// Features of 4 x 3 places and of 9 x 7 cannot become the channels of one image.
// EXPECT: "0"
// EXPECT: convolutional: the branches must flatten one height and width
// EXPECT: 4x3 in branch 1
// EXPECT: 9x7 as in branch 0
// EXPECT: flatten behind the branches, or end each with a linear layer
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::concat(cx::flatten, cx::max_pool2d<{.kernel = 2}> | cx::flatten) | cx::linear<10>;
#else
constexpr auto architecture =
    cx::concat(cx::flatten,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> | cx::flatten) |
    cx::linear<10>;
#endif

int main() {
  using Map = cx::Network<cx::convolutional<decltype(architecture), In>, cx::Input<3, 16, 16>>;
  return Map::output_shape.height;
}
