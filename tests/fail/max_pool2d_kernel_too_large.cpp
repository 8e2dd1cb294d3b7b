// The third halving of a 9 x 7 image finds one column only.
// EXPECT: "2"
// EXPECT: max_pool2d: the kernel is larger than the padded input
// EXPECT: kernel 2x2
// EXPECT: at most 2x1
// EXPECT: the input is 2x1
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::max_pool2d<{.kernel = 2}> | cx::max_pool2d<{.kernel = 2}> | cx::max_pool2d<{.kernel = 2}>;
#else
constexpr auto architecture = cx::max_pool2d<{.kernel = 2}> | cx::max_pool2d<{.kernel = 2}> |
                              cx::max_pool2d<{.kernel = {2, 1}}>;
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
