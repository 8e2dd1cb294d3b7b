// Three rows have two that can be seen in the mirror of an edge.
// EXPECT: "1"
// EXPECT: conv2d: a reflected padding must be smaller than the input
// EXPECT: 3x1 around 3x7
// EXPECT: at most 2x6
// EXPECT: write less padding, or .padding_mode = PaddingMode::replicate
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 3, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::relu |
    cx::conv2d<8, {.kernel = 3, .padding = {0, 1, 3, 1}, .padding_mode = cx::PaddingMode::reflect}>;
#else
constexpr auto architecture =
    cx::relu |
    cx::conv2d<8, {.kernel = 3, .padding = {0, 1, 2, 1}, .padding_mode = cx::PaddingMode::reflect}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
