// Pools take their padding in numbers, as in PyTorch.
// EXPECT: "the network"
// EXPECT: max_pool2d: the padding must be given in numbers
// EXPECT: .padding = same
// EXPECT: 0 or more on each side
// EXPECT: write .padding = 1; only convolutions know same
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = cx::same}>;
#else
constexpr auto architecture = cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
