// A window of more than 2000 channels does not fit the kernel's scratch.
// EXPECT: local_response_norm: the size is too large for so many channels
// EXPECT: 2001 over 1001 channels
// EXPECT: 2000 or less over more than 1000 channels
// EXPECT: write a smaller .size, such as 5
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Norm = cx::LocalResponseNorm<{.size = 2001}>;
#else
using Norm = cx::LocalResponseNorm<{.size = 2000}>;
#endif

using Net = cx::Network<Norm, cx::Input<1001, 2, 2>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(Net::InputBatch(1)).size());
}
