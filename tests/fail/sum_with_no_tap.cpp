// There is no tap at all.
// EXPECT: "1"
// EXPECT: sum_with: no tap of this name runs before
// EXPECT: "x"
// EXPECT: a tap; there is none yet
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::sum_with<"x">;
#else
constexpr auto architecture = cx::tap<"x"> | cx::sum_with<"x">;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
