// The third mean of three finds one element only.
// EXPECT: "2"
// EXPECT: avg_pool1d: the kernel is larger than the padded input
// EXPECT: kernel 3
// EXPECT: at most 1
// EXPECT: the input is 1
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::avg_pool1d<{.kernel = 3}> | cx::avg_pool1d<{.kernel = 3}> | cx::avg_pool1d<{.kernel = 3}>;
#else
constexpr auto architecture =
    cx::avg_pool1d<{.kernel = 3}> | cx::avg_pool1d<{.kernel = 3}> | cx::avg_pool1d<{.kernel = 1}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
