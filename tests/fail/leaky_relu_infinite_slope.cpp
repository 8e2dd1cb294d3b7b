// 0 times infinity is no number.
// EXPECT: "1"
// EXPECT: leaky_relu: the slope must be finite
// EXPECT: infinite, or not a number
// EXPECT: a finite number
// EXPECT: write leaky_relu<0.01>, or leaky_relu<>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>
#include <limits>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::leaky_relu<std::numeric_limits<float>::infinity()>;
#else
constexpr auto architecture = cx::relu | cx::leaky_relu<-2>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
