// Branches run in the order in which they are written: the first cannot know the second.
// EXPECT: "0.0.1"
// EXPECT: sum_with: the tap must run before what reads it
// EXPECT: "x" is tapped later, at 0.1.1
// EXPECT: a tap in an earlier layer or branch
// EXPECT: move the tap, or the branch it stands in; branches run as they are written
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::concat(cx::relu | cx::sum_with<"x">, cx::tanh | cx::tap<"x">) | cx::relu;
#else
constexpr auto architecture =
    cx::concat(cx::tanh | cx::tap<"x">, cx::relu | cx::sum_with<"x">) | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
