// An image has rows.
// EXPECT: "the network"
// EXPECT: input: every extent must be positive
// EXPECT: 3x0x7
// EXPECT: 1 or more each
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using In = cx::Input<3, 0, 7>;
#else
using In = cx::Input<3, 5, 7>;
#endif

using Net = cx::Network<cx::ReLU, In>;

int main() {
  Net net;
  return static_cast<int>(net.forward(Net::InputBatch(1)).size());
}
