// Extents that the rank does not count.
// EXPECT: "own"
// EXPECT: user_layer: a parameter must have as many positive extents as its rank
// EXPECT: weight: rank 0, extents 3 5 0 0
// EXPECT: none to four extents of 1 or more, then 0
// EXPECT: write .extents = {channels, 3}, .rank = 2
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
#if EXPECT_FAILURE
    d.add({.name = "weight", .extents = {3, 5}});
#else
    d.add({.name = "weight", .extents = {3, 5}, .rank = 2});
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
