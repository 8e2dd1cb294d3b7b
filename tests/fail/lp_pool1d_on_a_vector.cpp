// A vector of features has no length to move along.
// EXPECT: "1"
// EXPECT: lp_pool1d: the input must be a sequence
// EXPECT: "27"
// EXPECT: channels x length
// EXPECT: move the layer before flatten, or declare Input<C, L>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::lp_pool1d<2, {.kernel = 1}>;
#else
constexpr auto architecture = cx::lp_pool1d<2, {.kernel = 1}> | cx::flatten;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
