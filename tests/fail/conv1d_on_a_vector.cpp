// A vector of features has no length to slide a kernel along.
// EXPECT: "1"
// EXPECT: conv1d: the input must be a sequence
// EXPECT: 63
// EXPECT: channels x length
// EXPECT: move the layer before flatten, or declare Input<C, L>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<7, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::flatten | cx::conv1d<8, {.kernel = 3}>;
#else
constexpr auto architecture = cx::conv1d<8, {.kernel = 3}> | cx::flatten;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
