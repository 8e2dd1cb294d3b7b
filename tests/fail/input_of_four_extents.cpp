// An example has at most three extents: the batch is no part of its shape.
// EXPECT: input: one to three extents
// EXPECT: 4 extents
// EXPECT: write Input<3, 224, 224> or Input<256>
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using In = cx::Input<16, 3, 32, 32>;
#else
using In = cx::Input<3, 32, 32>;
#endif

using Net = cx::Network<cx::ReLU, In>;

int main() {
  Net net;
  return static_cast<int>(net.forward(Net::InputBatch(1)).size());
}
