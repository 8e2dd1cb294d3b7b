// The copies of a repeated block run one after another, so that its tap would be two.
// EXPECT: "1.0"
// EXPECT: tap: the name is taken
// EXPECT: "x" twice
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::repeat<2>(cx::tap<"x"> | cx::relu | cx::sum_with<"x">);
#else
constexpr auto architecture = cx::repeat<1>(cx::tap<"x"> | cx::relu | cx::sum_with<"x">);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
