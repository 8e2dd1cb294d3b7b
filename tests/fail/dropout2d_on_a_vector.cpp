// A vector of features has no channels of several values.
// EXPECT: "1"
// EXPECT: dropout2d: the input must be an image or a sequence
// EXPECT: "189"
// EXPECT: channels of more than one value
// EXPECT: write dropout<0.5> for a vector of features
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::dropout2d<0.5>;
#else
constexpr auto architecture = cx::dropout2d<0.5> | cx::flatten;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
