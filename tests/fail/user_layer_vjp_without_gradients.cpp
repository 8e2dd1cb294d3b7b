// A layer that learns must be told where its gradients go.
// EXPECT: "own"
// EXPECT: user_layer: vjp must take x, its parameters, dy, dx and their gradients
// EXPECT: another vjp in Own
// EXPECT: static void vjp(LayerInput x, LayerParameters w, LayerInput dy, LayerOutput dx, LayerGradients dw)
// EXPECT: write it in this form, static and public, or leave it out for inference alone
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    d.add({.name = "weight", .extents = {1}, .rank = 1});
  }
  static void forward(cx::LayerInput x, cx::LayerParameters w, cx::LayerOutput y) {
    y[0] = w["weight"][0] * x[0];
  }
#if EXPECT_FAILURE
  static void vjp(cx::LayerInput, cx::LayerParameters w, cx::LayerInput dy, cx::LayerOutput dx) {
    dx[0] = w["weight"][0] * dy[0];
  }
#else
  static void vjp(cx::LayerInput x, cx::LayerParameters w, cx::LayerInput dy, cx::LayerOutput dx,
                  cx::LayerGradients dw) {
    dx[0] = w["weight"][0] * dy[0];
    dw["weight"][0] += dy[0] * x[0];
  }
#endif
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{})(0, 0, 0));
}
