// The adjoint is not asked for with its result in front.
// EXPECT: "own"
// EXPECT: user_layer: vjp must take dy and dx, or x before them
// EXPECT: another vjp in Own
// EXPECT: static void vjp(LayerInput x, LayerInput dy, LayerOutput dx)
// EXPECT: write it in this form, static and public, or leave it out for inference alone
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static void forward(cx::LayerInput x, cx::LayerOutput y) { y[0] = x[0]; }
#if EXPECT_FAILURE
  static void vjp(cx::LayerOutput dx, cx::LayerInput dy) { dx[0] = dy[0]; }
#else
  static void vjp(cx::LayerInput dy, cx::LayerOutput dx) { dx[0] = dy[0]; }
#endif
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{})(0, 0, 0));
}
