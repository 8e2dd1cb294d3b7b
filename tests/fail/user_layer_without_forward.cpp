// A layer that says what it gives, but not how that is computed.
// EXPECT: "own"
// EXPECT: user_layer: there must be a function that computes the output
// EXPECT: Own without forward
// EXPECT: static void forward(LayerInput x, LayerOutput y)
// EXPECT: write it, with LayerParameters w between the two if the layer has parameters
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
#if !EXPECT_FAILURE
  static void forward(cx::LayerInput x, cx::LayerOutput y) { y[0] = x[0]; }
#endif
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{})(0, 0, 0));
}
