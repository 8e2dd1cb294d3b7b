// A layer for inference alone behind one that learns.
// EXPECT: "own"
// EXPECT: user_layer: there must be a vjp where gradients pass
// EXPECT: Own without vjp
// EXPECT: static void vjp(LayerInput x, LayerInput dy, LayerOutput dx)
// EXPECT: write it, with LayerParameters w behind x and LayerGradients dw at the end if the layer has parameters
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/vjp.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static void forward(cx::LayerInput x, cx::LayerOutput y) { y[0] = x[0]; }
#if !EXPECT_FAILURE
  static void vjp(cx::LayerInput dy, cx::LayerOutput dx) { dx[0] = dy[0]; }
#endif
};

using Net = cx::Network<decltype(cx::prelu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  const auto pulled = cx::vjp(net, Net::InputBatch(1), Net::OutputBatch(1));
  return static_cast<int>(pulled.dxs.data()[0]);
}
