// Three rows are wrapped round once at most.
// EXPECT: "1"
// EXPECT: conv2d: a circular padding must not be larger than the input
// EXPECT: 4x0 around 3x7
// EXPECT: at most 3x7
// EXPECT: write less padding, or .padding_mode = PaddingMode::replicate
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 3, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::relu |
    cx::conv2d<8, {.kernel = 3, .padding = {4, 0}, .padding_mode = cx::PaddingMode::circular}>;
#else
constexpr auto architecture =
    cx::relu |
    cx::conv2d<8, {.kernel = 3, .padding = {3, 0}, .padding_mode = cx::PaddingMode::circular}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
