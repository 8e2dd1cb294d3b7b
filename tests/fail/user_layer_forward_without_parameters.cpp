// A layer with parameters whose forward does not take them.
// EXPECT: "own"
// EXPECT: user_layer: forward must take x, its parameters and y
// EXPECT: another forward in Own
// EXPECT: static void forward(LayerInput x, LayerParameters w, LayerOutput y)
// EXPECT: write it in this form, static and public
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    d.add({.name = "weight", .extents = {1}, .rank = 1});
  }
#if EXPECT_FAILURE
  static void forward(cx::LayerInput x, cx::LayerOutput y) { y[0] = x[0]; }
#else
  static void forward(cx::LayerInput x, cx::LayerParameters w, cx::LayerOutput y) {
    y[0] = w["weight"][0] * x[0];
  }
#endif
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{})(0, 0, 0));
}
