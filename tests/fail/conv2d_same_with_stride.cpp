// No padding lets a window keep the extents while it skips every second row.
// EXPECT: "1"
// EXPECT: conv2d: same padding must have a stride of 1
// EXPECT: stride 2x1
// EXPECT: stride 1x1
// EXPECT: write .padding = {1, 0, 1, 1}, or leave .stride out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::relu | cx::conv2d<8, {.kernel = {3, 2}, .stride = {2, 1}, .padding = cx::same}>;
#else
constexpr auto architecture = cx::relu | cx::conv2d<8, {.kernel = {3, 2}, .padding = cx::same}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
