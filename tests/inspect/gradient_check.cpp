// The gradient check: passes what is right, and finds what is wrong.
#define BOOST_TEST_MODULE gradient_check
#include <boost/test/unit_test.hpp>
#include <convexpr/inspect/gradient_check.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/initialize.hpp>
#include <limits>

#include "random.hpp"

namespace cx = convexpr;

namespace {

template <class Batch>
Batch small_numbers(std::size_t examples, std::uint32_t seed) {
  Batch xs(examples);
  std::span<float> values(xs.data(), examples * xs.example_size);
  test::fill_small(values, seed);
  return xs;
}

enum class Fault { none, doubled, negated, shifted, no_weight, no_bias, no_number };
Fault fault = Fault::none;

/// y[c] = weight[c] * x[c]^2 + bias[c], with what `fault` says in its vjp.
struct Parabola final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    d.add({.name = "weight", .extents = {in.channels}, .rank = 1, .initial = 0.75F});
    d.add({.name = "bias", .extents = {in.channels}, .rank = 1});
  }
  static void forward(cx::LayerInput x, cx::LayerParameters w, cx::LayerOutput y) {
    for (int c = 0; c < x.channels(); ++c) {
      const auto k = static_cast<std::size_t>(c);
      for (int j = 0; j < x.width(); ++j) y(c, j) = w[0][k] * x(c, j) * x(c, j) + w[1][k];
    }
  }
  static void vjp(cx::LayerInput x, cx::LayerParameters w, cx::LayerInput dy, cx::LayerOutput dx,
                  cx::LayerGradients dw) {
    for (int c = 0; c < x.channels(); ++c) {
      const auto k = static_cast<std::size_t>(c);
      for (int j = 0; j < x.width(); ++j) {
        const int to = fault == Fault::shifted ? (j + 1) % x.width() : j;
        dx(c, to) = 2 * w[0][k] * x(c, j) * dy(c, j) * factor();
        if (fault != Fault::no_weight) dw[0][k] += dy(c, j) * x(c, j) * x(c, j);
        if (fault != Fault::no_bias) dw[1][k] += dy(c, j);
      }
    }
  }

 private:
  static float factor() {
    switch (fault) {
      case Fault::doubled: return 2;
      case Fault::negated: return -1;
      case Fault::no_number: return std::numeric_limits<float>::quiet_NaN();
      default: return 1;
    }
  }
};
using Net = cx::Network<Parabola, cx::Input<5, 7>>;

template <cx::Mode M = cx::Mode::training>
cx::GradientCheck check_with(Fault f) {
  fault = f;
  return cx::check_gradient<M>(Net(), small_numbers<Net::InputBatch>(2, 3), {.seed = 1});
}

/// The gradients that do not pass.
std::string wrong_ones(const cx::GradientCheck& check) {
  std::string names;
  for (const cx::GradientDifference& row : check.rows) {
    if (!row.passed) names += row.name + " ";
  }
  return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(right_gradients_pass) {
  const cx::GradientCheck check = check_with(Fault::none);
  BOOST_TEST(check.passed);
  BOOST_REQUIRE_EQUAL(check.rows.size(), 3U);
  BOOST_TEST(check.rows[0].name == "input");
  BOOST_TEST(check.rows[0].values == 70U);
  BOOST_TEST(check.rows[1].name == "weight");
  BOOST_TEST(check.rows[2].name == "bias");
  for (const cx::GradientDifference& row : check.rows) {
    BOOST_TEST(row.difference < 0.001);
    BOOST_TEST(row.rounding < 0.01);  // so that something is known
  }
  BOOST_TEST(check_with<cx::Mode::inference>(Fault::none).passed);
}

BOOST_AUTO_TEST_CASE(each_wrong_gradient_is_found_and_no_other) {
  BOOST_TEST(wrong_ones(check_with(Fault::doubled)) == "input ");
  BOOST_TEST(wrong_ones(check_with(Fault::negated)) == "input ");
  BOOST_TEST(wrong_ones(check_with(Fault::shifted)) == "input ");
  BOOST_TEST(wrong_ones(check_with(Fault::no_number)) == "input ");
  BOOST_TEST(wrong_ones(check_with(Fault::no_weight)) == "weight ");
  BOOST_TEST(wrong_ones(check_with(Fault::no_bias)) == "bias ");
  for (const Fault f : {Fault::doubled, Fault::negated, Fault::no_weight, Fault::no_bias}) {
    const cx::GradientCheck check = check_with(f);
    BOOST_TEST(!check.passed);
    for (const cx::GradientDifference& row : check.rows) {
      BOOST_TEST((row.passed || row.difference > 0.4));
    }
  }
}

BOOST_AUTO_TEST_CASE(tells_in_a_table) {
  const std::string right = check_with(Fault::none).text();
  BOOST_TEST(right.find("Passed") != std::string::npos);
  BOOST_TEST(right.find("wrong") == std::string::npos);
  const std::string wrong = check_with(Fault::no_bias).text();
  BOOST_TEST(wrong.find("Failed") != std::string::npos);
  BOOST_TEST(wrong.find("wrong") > wrong.find("bias"));
}

BOOST_AUTO_TEST_CASE(networks_of_the_library_pass_with_heads_sharing_and_dropout) {
  constexpr auto block = cx::shared<"block">(cx::conv2d<6, {.kernel = 3, .padding = 1}> |
                                             cx::batch_norm2d<> | cx::relu);
  constexpr auto classes = cx::global_avg_pool2d | cx::flatten | cx::linear<3>;
  constexpr auto chain = block | cx::residual(block | cx::dropout<0.25>) |
                         cx::head<"side">(classes) | cx::max_pool2d<{.kernel = 2}> | cx::prelu |
                         classes | cx::log_softmax;
  using Deep = cx::Network<decltype(chain), cx::Input<6, 7, 5>>;
  Deep net;
  cx::initialize(net, {.seed = 4});
  const std::vector<cx::NamedTensor> before = cx::state_dict(net);
  const cx::GradientCheck check =
      cx::check_gradient(net, small_numbers<Deep::InputBatch>(3, 5), {.seed = 2});
  BOOST_TEST(check.passed, check.text());
  BOOST_TEST(check.rows.size() == 10U);
  BOOST_TEST((cx::state_dict(net) == before));
}
