// 0 times infinity is no number.
// EXPECT: "the network"
// EXPECT: elu: alpha must be finite
// EXPECT: infinite, or not a number
// EXPECT: a finite number
// EXPECT: write elu<1>, or elu<>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>
#include <limits>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::elu<std::numeric_limits<float>::infinity()>;
#else
constexpr auto architecture = cx::elu<0>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
