// Reverse mode by hand: a loss of one's own on a small network, its gradients from `vjp`, and the
// same slopes from finite differences.
#include <algorithm>
#include <cmath>
#include <convexpr/convexpr.hpp>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "command_line.hpp"

namespace cx = convexpr;

constexpr auto chain = cx::conv2d<5, {.kernel = 3, .padding = 1}> | cx::tanh |
                       cx::avg_pool2d<{.kernel = 2}> | cx::flatten | cx::linear<4>;
using Net = cx::Network<decltype(chain), cx::Input<2, 6, 8>>;
using Xs = Net::InputBatch;
using Ys = Net::OutputBatch;

namespace {

/// L = sum of log(cosh(y - t)): like a square near the target t, like a distance far from it.
double loss(const Ys& ys, const Ys& ts) {
  double sum = 0;
  for (std::size_t i = 0; i < ys.size() * ys.example_size; ++i) {
    sum += std::log(std::cosh(double{ys.data()[i]} - ts.data()[i]));
  }
  return sum;
}

/// dL/dy = tanh(y - t)
Ys loss_gradient(const Ys& ys, const Ys& ts) {
  Ys dys(ys.size());
  for (std::size_t i = 0; i < ys.size() * ys.example_size; ++i) {
    dys.data()[i] = std::tanh(ys.data()[i] - ts.data()[i]);
  }
  return dys;
}

/// Whether the loss changes along the gradient as fast as the gradient says: by its square.
template <class LossBeside>
bool agrees(const char* what, double square, LossBeside loss_beside) {
  const double step = 0.01 / std::sqrt(square);
  const double slope = (loss_beside(step) - loss_beside(-step)) / (2 * step);
  std::printf("%-10s  |gradient|^2 %.5f, finite difference %.5f\n", what, square, slope);
  return std::abs(slope - square) < 1e-3 * square;
}

/// The loss where the parameters have moved by `step` times their gradient.
double loss_beside(const Net& net, const cx::Gradient<Net>& gradient, const Xs& xs, const Ys& ts,
                   double step) {
  std::vector<cx::NamedTensor> parameters = cx::state_dict(net);
  const std::vector<cx::NamedTensor> slopes = cx::state_dict(gradient);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    for (std::size_t i = 0; i < parameters[p].values.size(); ++i) {
      parameters[p].values[i] += static_cast<float>(step * slopes[p].values[i]);
    }
  }
  Net moved;
  cx::load_state_dict(moved, parameters);
  return loss(moved.forward(xs), ts);
}

/// The loss where the inputs have moved by `step` times theirs.
double loss_beside(Net& net, const Xs& dxs, Xs xs, const Ys& ts, double step) {
  for (std::size_t i = 0; i < xs.size() * xs.example_size; ++i) {
    xs.data()[i] += static_cast<float>(step * dxs.data()[i]);
  }
  return loss(net.forward(xs), ts);
}

}  // namespace

static int show() {
  Net net;
  cx::initialize(net, {.seed = 7});
  Xs xs(3);
  for (std::size_t i = 0; i < xs.size() * xs.example_size; ++i) {
    xs.data()[i] = std::sin(static_cast<float>(i));
  }
  Ys ts(3);
  ts.fill(0.5F);

  // What the loss wants of the outputs, pulled back to the inputs and the parameters.
  const Ys dys = loss_gradient(net.forward(xs), ts);
  const auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);

  double parameter_square = 0;
  for (const cx::NamedTensor& g : cx::state_dict(gradient)) {
    std::printf("dL/d %s\n", g.name.c_str());
    for (const float slope : g.values) parameter_square += double{slope} * slope;
  }
  double input_square = 0;
  std::for_each_n(dxs.data(), dxs.size() * dxs.example_size,
                  [&](float slope) { input_square += double{slope} * slope; });

  const bool parameters_agree = agrees("parameters", parameter_square, [&](double step) {
    return loss_beside(net, gradient, xs, ts, step);
  });
  const bool inputs_agree = agrees(
      "inputs", input_square, [&](double step) { return loss_beside(net, dxs, xs, ts, step); });
  return parameters_agree && inputs_agree ? 0 : 1;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "pullback",
                           "Compares the gradients of a loss of one's own with finite differences.",
                           show);
}
