// A softmax over all features compares places; on a larger image there are more of them.
// EXPECT: "1"
// EXPECT: convolutional: only linear layers may mix the features behind flatten
// EXPECT: Softmax over features of 9x7 places
// EXPECT: activations, dropout, concat, sum; softmax behind a linear layer
// EXPECT: move the layer before flatten, or leave it out
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::softmax | cx::linear<10>;
#else
constexpr auto architecture = cx::softmax | cx::flatten | cx::linear<10>;
#endif

int main() {
  using Map = cx::Network<cx::convolutional<decltype(architecture), In>, cx::Input<3, 16, 16>>;
  return Map::output_shape.height;
}
