// A shape that was not made by shape(...) has no rank.
// EXPECT: "own"
// EXPECT: user_layer: the output must have one to three positive extents
// EXPECT: 3x18x14 of rank 0
// EXPECT: a shape, as shape(...) makes it
// EXPECT: write d.op.out = shape(channels, height, width), or shape(features)
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
#if EXPECT_FAILURE
    d.op.out = {in.channels, 2 * in.height, 2 * in.width};
#else
    d.op.out = cx::shape(in.channels, 2 * in.height, 2 * in.width);
#endif
  }
  static void forward(cx::LayerInput x, cx::LayerOutput y) { y[0] = x[0]; }
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{}).data()[0]);
}
