// Two parameters of one name.
// EXPECT: "own"
// EXPECT: user_layer: the name of a parameter is taken
// EXPECT: "weight" twice
// EXPECT: one parameter of a name
// EXPECT: write another name for the second one
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    d.add({.name = "weight", .extents = {1}, .rank = 1});
#if EXPECT_FAILURE
    d.add({.name = "weight", .extents = {1}, .rank = 1});
#else
    d.add({.name = "bias", .extents = {1}, .rank = 1});
#endif
  }
  static void forward(cx::LayerInput x, cx::LayerParameters w, cx::LayerOutput y) {
    y[0] = w[0][0] * x[0];
  }
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{})(0, 0, 0));
}
