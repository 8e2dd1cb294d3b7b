#define BOOST_TEST_MODULE sgd
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/sgd.hpp>
#include <limits>
#include <stdexcept>
#include <vector>

namespace cx = convexpr;

namespace {

// Sizes that no vector divides, so that parameters have padding; running statistics come last.
constexpr auto chain =
    cx::conv2d<5, {.kernel = 3}> | cx::batch_norm2d<> | cx::flatten | cx::linear<7>;
using Net = cx::Network<decltype(chain), cx::Input<3, 5, 4>>;
using Parameters = std::vector<cx::NamedTensor>;

/// The gradient of a sum over the outputs of three examples that differ with `seed`.
cx::Gradient<Net> some_gradient(const Net& net, unsigned seed) {
  Net::InputBatch xs(3);
  Net::OutputBatch dys(3);
  for (std::size_t i = 0; i < 3 * xs.example_size; ++i) {
    xs.data()[i] = std::sin(static_cast<float>(i + 100 * seed));
  }
  for (std::size_t i = 0; i < 3 * dys.example_size; ++i) {
    dys.data()[i] = std::cos(static_cast<float>(i + 10 * seed));
  }
  return cx::vjp<cx::Mode::inference>(net, xs, dys).gradient;
}

/// PyTorch's rule for one parameter, as torch.optim.SGD documents it, in double precision.
struct Scalar {
  double w;
  double v = 0;
  bool stepped = false;

  void step(double g, const cx::SgdOptions& o) {
    double d = g + static_cast<double>(o.weight_decay) * w;
    if (o.momentum != 0) {
      v = stepped ? static_cast<double>(o.momentum) * v + d : d;
      d = o.nesterov ? d + static_cast<double>(o.momentum) * v : v;
    }
    stepped = true;
    w -= static_cast<double>(o.learning_rate) * d;
  }
};

/// The learned tensors of the network, in the order of the gradient's.
Parameters learned(const Net& net, const cx::Gradient<Net>& gradient) {
  Parameters out;
  for (const cx::NamedTensor& g : cx::state_dict(gradient)) {
    for (const cx::NamedTensor& w : cx::state_dict(net)) {
      if (w.name == g.name) out.push_back(w);
    }
  }
  return out;
}

/// Four steps with gradients of the network's own, the rate halved before the third.
void follows_the_rule(const cx::SgdOptions& options) {
  Net net;
  cx::initialize(net, {.seed = 5});
  cx::Sgd sgd(net, options);
  std::vector<std::vector<Scalar>> scalars;
  for (const cx::NamedTensor& t : learned(net, cx::Gradient<Net>())) {
    scalars.emplace_back();
    for (const float w : t.values) scalars.back().push_back({.w = w});
  }
  for (unsigned step = 0; step < 4; ++step) {
    if (step == 2) sgd.options().learning_rate *= 0.5F;
    const cx::Gradient<Net> gradient = some_gradient(net, step);
    const Parameters dict = cx::state_dict(gradient);
    sgd.step(net, gradient);
    const Parameters found = learned(net, gradient);
    for (std::size_t t = 0; t < dict.size(); ++t) {
      double worst = 0;
      for (std::size_t i = 0; i < dict[t].values.size(); ++i) {
        Scalar& scalar = scalars[t][i];
        scalar.step(dict[t].values[i], sgd.options());
        const double error = std::abs(scalar.w - found[t].values[i]);
        worst = std::max(worst, error / (1 + std::abs(scalar.w) + std::abs(scalar.v)));
      }
      // Each of the four steps rounds six times, by half a unit in the last place.
      BOOST_TEST(worst < 4 * 6 * 0x1p-24, dict[t].name << " is off by " << worst);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(plain_descent_follows_pytorchs_rule) {
  follows_the_rule({.learning_rate = 0.05F});
}

BOOST_AUTO_TEST_CASE(momentum_follows_pytorchs_rule) {
  follows_the_rule({.learning_rate = 0.02F, .momentum = 0.9F});
}

BOOST_AUTO_TEST_CASE(weight_decay_follows_pytorchs_rule) {
  follows_the_rule({.learning_rate = 0.02F, .momentum = 0.9F, .weight_decay = 0.1F});
}

BOOST_AUTO_TEST_CASE(nesterov_follows_pytorchs_rule) {
  follows_the_rule(
      {.learning_rate = 0.02F, .momentum = 0.9F, .weight_decay = 0.01F, .nesterov = true});
}

BOOST_AUTO_TEST_CASE(padding_stays_zero_and_running_statistics_stay) {
  Net net;
  cx::initialize(net, {.seed = 5});
  cx::Sgd sgd(net, {.learning_rate = 0.1F, .momentum = 0.9F, .weight_decay = 0.1F});
  const auto statistics = net.stored_parameters().subspan(Net::blueprint().learned_floats);
  const std::vector<float> before(statistics.begin(), statistics.end());
  for (unsigned step = 0; step < 3; ++step) sgd.step(net, some_gradient(net, step));
  BOOST_TEST(std::vector<float>(statistics.begin(), statistics.end()) == before,
             boost::test_tools::per_element());
  Net repacked;  // packing sets the padding to zero
  cx::load_state_dict(repacked, cx::state_dict(net));
  const auto expected = repacked.stored_parameters();
  const auto found = net.stored_parameters();
  BOOST_TEST(std::vector<float>(found.begin(), found.end()) ==
                 std::vector<float>(expected.begin(), expected.end()),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused) {
  const Net net;
  BOOST_CHECK_THROW(cx::Sgd(net, {.learning_rate = -0.1F}), std::invalid_argument);
  BOOST_CHECK_THROW(cx::Sgd(net, {.momentum = -0.1F}), std::invalid_argument);
  BOOST_CHECK_THROW(cx::Sgd(net, {.weight_decay = std::numeric_limits<float>::quiet_NaN()}),
                    std::invalid_argument);
  BOOST_CHECK_THROW(cx::Sgd(net, {.nesterov = true}), std::invalid_argument);
}
