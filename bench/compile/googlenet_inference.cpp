// GoogLeNet on one image: what a program that runs it and does nothing else compiles.
#include <convexpr/convexpr.hpp>

#include "../../examples/architectures/googlenet.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::googlenet), cx::Input<3, 224, 224>>;

int main() {
  Net net;
  cx::initialize(net, {.seed = 1});
  const Net::InputBatch xs(1);
  return net.forward(xs).data()[0] > 0 ? 0 : 1;
}
