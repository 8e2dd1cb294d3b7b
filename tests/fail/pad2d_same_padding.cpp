// Without a kernel there is no telling how much keeps the extents.
// EXPECT: "1"
// EXPECT: pad2d: the padding must be given in numbers
// EXPECT: .padding = same
// EXPECT: one number, {vertical, horizontal}, or all four sides
// EXPECT: write .padding = 1; same is for convolutions
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::pad2d<{.padding = cx::same}>;
#else
constexpr auto architecture = cx::relu | cx::conv2d<3, {.kernel = 3, .padding = cx::same}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
