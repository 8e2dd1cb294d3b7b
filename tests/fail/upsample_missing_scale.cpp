// A mode says how to enlarge, not how far.
// EXPECT: "1"
// EXPECT: upsample: the scale is missing
// EXPECT: no .scale
// EXPECT: one number, or {height, width}
// EXPECT: write .scale = 2
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::upsample<{.mode = cx::UpsampleMode::bilinear}>;
#else
constexpr auto architecture =
    cx::relu | cx::upsample<{.scale = 2, .mode = cx::UpsampleMode::bilinear}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
