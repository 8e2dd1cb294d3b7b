// What a user's layer itself refuses is said as the library says it.
// EXPECT: "own"
// EXPECT: own: the image must be wide
// EXPECT: 3x9x7
// EXPECT: 8 or more columns
// EXPECT: declare a wider input
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

struct Own final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    if (in.width < narrowest) {
      d.refuse("own: the image must be wide", cx::words(in),
               cx::Sentence() << narrowest << " or more columns", "declare a wider input");
    }
  }
  static void forward(cx::LayerInput x, cx::LayerOutput y) { y[0] = x[0]; }

#if EXPECT_FAILURE
  static constexpr int narrowest = 8;
#else
  static constexpr int narrowest = 7;
#endif
};

using Net = cx::Network<decltype(cx::relu | cx::named<"own">(Own{})), cx::Input<3, 9, 7>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(cx::Tensor<float, 3, 9, 7>{})(0, 0, 0));
}
