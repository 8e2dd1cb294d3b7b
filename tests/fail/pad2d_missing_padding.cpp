// A border has no usual width.
// EXPECT: "1"
// EXPECT: pad2d: the padding is missing
// EXPECT: no .padding
// EXPECT: one number, {vertical, horizontal}, or all four sides
// EXPECT: write .padding = 1
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::pad2d<{.padding_mode = cx::PaddingMode::mean}>;
#else
constexpr auto architecture =
    cx::relu | cx::pad2d<{.padding = 1, .padding_mode = cx::PaddingMode::mean}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
