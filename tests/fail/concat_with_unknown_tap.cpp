// A name that no tap has; the message lists those that there are.
// EXPECT: "late.1"
// EXPECT: concat_with: no tap of this name runs before
// EXPECT: "c"
// EXPECT: one of "a", "b"
// EXPECT: write tap<"c"> behind the layer whose value is wanted
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::tap<"a"> | cx::relu | cx::tap<"b"> | cx::named<"late">(cx::tanh | cx::concat_with<"c">);
#else
constexpr auto architecture =
    cx::tap<"a"> | cx::relu | cx::tap<"b"> | cx::named<"late">(cx::tanh | cx::concat_with<"b">);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
