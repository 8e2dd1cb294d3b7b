// Seven columns have six that can be seen in the mirror of an edge.
// EXPECT: "1"
// EXPECT: pad2d: a reflected padding must be smaller than the input
// EXPECT: 1x7 around 9x7
// EXPECT: at most 8x6
// EXPECT: write less padding, or .padding_mode = PaddingMode::replicate
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::relu | cx::pad2d<{.padding = {1, 7}, .padding_mode = cx::PaddingMode::reflect}>;
#else
constexpr auto architecture =
    cx::relu | cx::pad2d<{.padding = {1, 6}, .padding_mode = cx::PaddingMode::reflect}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
