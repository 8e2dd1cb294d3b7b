// No padding lets a window keep the length while it skips every second element.
// EXPECT: "1"
// EXPECT: conv1d: same padding must have a stride of 1
// EXPECT: stride 2
// EXPECT: stride 1
// EXPECT: write .padding = {1, 2}, or leave .stride out
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::relu | cx::conv1d<8, {.kernel = 4, .stride = 2, .padding = cx::same}>;
#else
constexpr auto architecture = cx::relu | cx::conv1d<8, {.kernel = 4, .padding = cx::same}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
