// No branch, no output.
// EXPECT: "1"
// EXPECT: concat: there must be a branch
// EXPECT: no branch
// EXPECT: 1 or more
// EXPECT: write concat(branch, branch)
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::relu | cx::concat();
#else
constexpr auto architecture = cx::relu | cx::concat(cx::identity);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
