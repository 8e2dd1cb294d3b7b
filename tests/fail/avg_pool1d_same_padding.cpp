// Pools of sequences too take their padding in numbers.
// EXPECT: "the network"
// EXPECT: avg_pool1d: the padding must be given in numbers
// EXPECT: .padding = same
// EXPECT: 0 or more on each side
// EXPECT: write .padding = 1; only convolutions know same
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::avg_pool1d<{.kernel = 3, .stride = 1, .padding = cx::same}>;
#else
constexpr auto architecture = cx::avg_pool1d<{.kernel = 3, .stride = 1, .padding = 1}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
