// Losses of one's own, written as expressions: a line through points, then a filter that is learned
// from pictures with broken pixels, by a loss that forgives them.
#include <algorithm>
#include <cmath>
#include <convexpr/convexpr.hpp>
#include <cstddef>
#include <cstdio>
#include <random>
#include <vector>

#include "command_line.hpp"

namespace cx = convexpr;

/// A square near 0, and from 0.1 on a straight line with slope 1.
constexpr auto huber = [](auto error) {
  const auto distance = cx::abs(error);
  return cx::select(distance < 0.1, 5 * cx::square(error), distance - 0.05);
};

constexpr auto filter = cx::conv2d<1, {.kernel = 3, .padding = 1, .bias = false}>;
using Net = cx::Network<decltype(filter), cx::Input<1, 16, 16>>;
using Pictures = Net::InputBatch;

namespace {

/// y = a * x + b through 200 points, by gradient descent on two numbers.
bool fit_a_line() {
  cx::Tensor<float, 200> x;
  cx::Tensor<float, 200> noise;
  for (int i = 0; i < 200; ++i) {
    x(i) = static_cast<float>(i) / 100 - 1;
    noise(i) = 0.1F * std::sin(static_cast<float>(37 * i));
  }
  const cx::Tensor<float, 200> y = 3 * x - 0.5 + noise;

  float a = 0;
  float b = 0;
  // Written once: it refers to a and b, and is computed where a value or a gradient is asked for.
  const auto loss = cx::mean(cx::square(cx::scalar(a) * x + cx::scalar(b) - y));
  for (int step = 0; step < 50; ++step) {
    const auto [da, db] = cx::gradient(loss, a, b);
    a -= 0.5F * da;
    b -= 0.5F * db;
  }
  std::printf("line: y = %.2f x %+.2f, mean squared error %.4f\n", double{a}, double{b},
              double{float{loss}});
  return std::abs(a - 3) < 0.05F && std::abs(b + 0.5F) < 0.05F;
}

const std::vector<float> taps = {0.1F, 0.2F, 0.1F, 0, 0.3F, 0, -0.1F, -0.2F, -0.1F};

/// How far the largest error of the nine taps is that a network learns by a loss.
template <class LossOf>
float learn_filter(const Pictures& xs, const Pictures& targets, LossOf loss_of) {
  Net net;
  cx::initialize(net, {.seed = 1});
  cx::Backpropagation<Net, cx::Mode::training, cx::InputGradient::skip> pass;
  cx::Sgd<Net> sgd(net, {.learning_rate = 0.1F, .momentum = 0.9F});
  Pictures dys;
  for (int step = 0; step < 200; ++step) {
    const Pictures& ys = pass.forward(net, xs);
    cx::write_gradient(loss_of(ys, targets), ys, dys);
    pass.backward(net, dys);
    sgd.step(net, pass.gradient());
  }
  const std::vector<float> learned = cx::state_dict(net)[0].values;
  float worst = 0;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    worst = std::max(worst, std::abs(learned[i] - taps[i]));
  }
  return worst;
}

/// Pictures and what a filter makes of them; then one pixel in ten breaks.
bool learn_from_broken_pixels() {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  Pictures xs(20);
  std::generate_n(xs.data(), xs.size() * xs.example_size, [&] { return normal(generator); });
  Net net;
  cx::load_state_dict(net, {{"weight", {1, 1, 3, 3}, taps}});
  Pictures targets = net.forward(xs);
  for (std::size_t i = 0; i < targets.size() * targets.example_size; ++i) {
    if (generator() % 10 == 0) targets.data()[i] = 5 * xs.data()[i];
  }

  const float squares = learn_filter(xs, targets, [](const Pictures& ys, const Pictures& ts) {
    return cx::mean(cx::square(ys - ts));
  });
  const float forgiving = learn_filter(xs, targets, [](const Pictures& ys, const Pictures& ts) {
    return cx::mean(cx::call<huber>(ys - ts));
  });
  std::printf("filter: off by %.3f with squares, by %.3f with Huber's loss\n", double{squares},
              double{forgiving});
  return squares > 0.2F && forgiving < 0.02F;
}

}  // namespace

static int show() {
  const bool line = fit_a_line();
  const bool learned = learn_from_broken_pixels();
  return line && learned ? 0 : 1;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "custom_loss",
                           "Fits a line and learns a filter with losses written as expressions.",
                           show);
}
