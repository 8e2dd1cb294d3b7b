// One step of training GoogLeNet: forward, loss, backward, stochastic gradient descent.
#include <convexpr/convexpr.hpp>
#include <vector>

#include "../../examples/architectures/googlenet.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::googlenet), cx::Input<3, 224, 224>>;

int main() {
  Net net;
  cx::initialize(net, {.seed = 1});
  const Net::InputBatch xs(2);
  const std::vector<int> labels{3, 7};
  cx::Backpropagation<Net, cx::Mode::training, cx::InputGradient::skip> pass;
  cx::Sgd<Net> sgd(net, {.learning_rate = 0.01F});
  Net::OutputBatch dys;
  const cx::Loss loss = cx::softmax_cross_entropy(pass.forward(net, xs), labels, dys);
  pass.backward(net, dys);
  sgd.step(net, pass.gradient());
  return loss.value > 0 ? 0 : 1;
}
