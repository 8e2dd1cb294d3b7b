// The batch of a head that the network does not have.
// EXPECT: "head"
// EXPECT: head: the network has no head of this name
// EXPECT: "aux3"
// EXPECT: one of "aux1", "aux2"
// EXPECT: write head<"aux1">(branch) in the network, and its name here
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

using Net = cx::Network<decltype(cx::relu | cx::head<"aux1">(cx::flatten) | cx::tanh |
                                 cx::head<"aux2">(cx::flatten)),
                        cx::Input<3, 9, 7>>;

int main() {
  Net net;
  cx::Backpropagation<Net> pass;
  pass.forward(net, Net::InputBatch(2));
#if EXPECT_FAILURE
  return static_cast<int>(pass.head<"aux3">().size());
#else
  return static_cast<int>(pass.head<"aux2">().size());
#endif
}
