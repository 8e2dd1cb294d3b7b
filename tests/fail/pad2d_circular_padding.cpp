// Seven columns are wrapped round once at most.
// EXPECT: "1"
// EXPECT: pad2d: a circular padding must not be larger than the input
// EXPECT: 9x8 around 9x7
// EXPECT: at most 9x7
// EXPECT: write less padding, or .padding_mode = PaddingMode::replicate
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::relu | cx::pad2d<{.padding = {9, 8, 0, 0}, .padding_mode = cx::PaddingMode::circular}>;
#else
constexpr auto architecture =
    cx::relu | cx::pad2d<{.padding = {9, 7, 0, 0}, .padding_mode = cx::PaddingMode::circular}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
