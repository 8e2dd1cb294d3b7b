// Features that come from elsewhere than flatten have no height and width to turn into a kernel.
// EXPECT: "1"
// EXPECT: convolutional: there must be a flatten before a linear layer
// EXPECT: no flatten
// EXPECT: flatten | ... | linear<10>
// EXPECT: write flatten between the image and the features
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

/// A layer of one's own that gives features.
struct Moments final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) { d.op.out = cx::shape(4); }
  static void forward(cx::LayerInput, cx::LayerOutput) {}
};

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = Moments{} | cx::linear<10>;
#else
constexpr auto architecture = cx::flatten | cx::linear<10>;
#endif

int main() {
  using Map = cx::Network<cx::convolutional<decltype(architecture), In>, cx::Input<3, 16, 16>>;
  return Map::output_shape.height;
}
