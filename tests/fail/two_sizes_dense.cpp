// A dense layer behind flatten has as many weights as the image has pixels.
// EXPECT: "classes"
// EXPECT: network: shared parameters must have one shape for both inputs
// EXPECT: weight 10x96 for 3x6x8
// EXPECT: weight 10x32 for 3x4x6
// EXPECT: write global_avg_pool2d before flatten, or make the dense layers convolutional
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

constexpr auto body = cx::conv2d<4, {.kernel = 3}> | cx::relu;
#if EXPECT_FAILURE
constexpr auto architecture = body | cx::flatten | cx::named<"classes">(cx::linear<10>);
#else
constexpr auto architecture =
    body | cx::global_avg_pool2d | cx::flatten | cx::named<"classes">(cx::linear<10>);
#endif

int main() {
  cx::Network<decltype(architecture), cx::Input<3, 4, 6>> net;
  cx::Network<decltype(architecture), cx::Input<3, 6, 8>> wide{net};
  return static_cast<int>(wide.forward(cx::Tensor<float, 3, 6, 8>{})(0));
}
