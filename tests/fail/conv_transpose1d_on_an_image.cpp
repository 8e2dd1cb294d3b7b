// A sequence has no rows; images have a layer of their own.
// EXPECT: "0"
// EXPECT: conv_transpose1d: the input must be a sequence
// EXPECT: 6x4x5
// EXPECT: channels x length
// EXPECT: write the 2d form of the layer, or declare Input<C, L>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<6, 4, 5>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::conv_transpose1d<4, {.kernel = 3}> | cx::relu;
#else
constexpr auto architecture = cx::conv_transpose2d<4, {.kernel = 3}> | cx::relu;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
