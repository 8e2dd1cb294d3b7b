// A dense layer makes at least one feature.
// EXPECT: "1"
// EXPECT: linear: the output features must be positive
// EXPECT: "-1"
// EXPECT: 1 or more
// EXPECT: write linear<10>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::linear<-1>;
#else
constexpr auto architecture = cx::flatten | cx::linear<1>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
