// A forward that wants a tensor of one shape.
// EXPECT: "own"
// EXPECT: user_layer: forward must take x and y, and give nothing
// EXPECT: another forward in Own
// EXPECT: static void forward(LayerInput x, LayerOutput y)
// EXPECT: write it in this form, static and public
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
#if EXPECT_FAILURE
  static void forward(const cx::Tensor<float, 3, 9, 7>& x, cx::LayerOutput y) { y[0] = x(0, 0, 0); }
#else
  static void forward(cx::LayerInput x, cx::LayerOutput y) { y[0] = x(0, 0, 0); }
#endif
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{})(0, 0, 0));
}
