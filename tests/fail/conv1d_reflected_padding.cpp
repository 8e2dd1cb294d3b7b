// Three elements have two that can be seen in the mirror of an end.
// EXPECT: "1"
// EXPECT: conv1d: a reflected padding must be smaller than the input
// EXPECT: 3 around 3
// EXPECT: at most 2
// EXPECT: write less padding, or .padding_mode = PaddingMode::replicate
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 3>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::relu |
    cx::conv1d<8, {.kernel = 3, .padding = {0, 3}, .padding_mode = cx::PaddingMode::reflect}>;
#else
constexpr auto architecture =
    cx::relu |
    cx::conv1d<8, {.kernel = 3, .padding = {0, 2}, .padding_mode = cx::PaddingMode::reflect}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
