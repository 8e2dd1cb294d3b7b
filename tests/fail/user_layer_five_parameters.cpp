// More parameters than a layer may have.
// EXPECT: "own"
// EXPECT: user_layer: a layer has four parameters at most
// EXPECT: a fifth: "e"
// EXPECT: 4 or fewer
// EXPECT: join several into one, or write two layers, one behind the other
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    for (const char* name : {"a", "b", "c", "d"}) {
      d.add({.name = name, .extents = {1}, .rank = 1});
    }
#if EXPECT_FAILURE
    d.add({.name = "e", .extents = {1}, .rank = 1});
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
