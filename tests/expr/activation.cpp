// Activations and their slopes against the C library's in double precision: within the bounds that
// their doc comments state, finite far out, and PyTorch's choice where a slope jumps.
#define BOOST_TEST_MODULE expr_activation
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/expr/activation.hpp>
#include <limits>

namespace expr = convexpr::expr;
namespace simd = convexpr::simd;

namespace {

float first_lane(simd::Vector v) {
  alignas(simd::alignment) float lanes[simd::lanes];
  simd::store(lanes, v);
  return lanes[0];
}

template <class F>
float value_at(float x) {
  return first_lane(F::value(simd::broadcast(x)));
}

// The slope at x, from x or from y as the backward pass has it.
template <class F>
float slope_at(float x) {
  const simd::Vector v = simd::broadcast(x);
  return first_lane(F::slope(F::slope_from_output ? F::value(v) : v));
}

// What is stated of a function: errors of its value relative to max(1, |x|) or in ulp, and of its
// slope.
struct Bounds {
  double value = HUGE_VAL;
  double ulp = HUGE_VAL;
  double slope = HUGE_VAL;
};

double ulp_of(double v) {
  return std::ldexp(1.0, std::max(std::ilogb(std::max(std::abs(v), 1e-37)), -126) - 23);
}

// Checks a value and slope at many points from -100 to 100, most of them near 0.
template <class F, class Value, class Slope>
void check(Value value, Slope slope, const Bounds& bounds, float ulp_from = -100) {
  Bounds worst{0, 0, 0};
  const auto look = [&](float x) {
    const double wanted = value(double{x});
    const double off = std::abs(double{value_at<F>(x)} - wanted);
    const double slope_off = std::abs(double{slope_at<F>(x)} - slope(double{x}));
    BOOST_REQUIRE(std::isfinite(off) && std::isfinite(slope_off));
    worst.value = std::max(worst.value, off / std::max(1.0, std::abs(double{x})));
    if (x >= ulp_from) worst.ulp = std::max(worst.ulp, off / ulp_of(wanted));
    worst.slope = std::max(worst.slope, slope_off);
  };
  for (const float span : {100.0F, 8.0F, 1.0F, 1e-3F, 1e-20F}) {
    for (int i = -4999; i <= 4999; i += 2) look(span * static_cast<float>(i) / 5000.0F);
  }
  look(100);
  look(-100);
  BOOST_TEST_MESSAGE("value " << worst.value << ", ulp " << worst.ulp << ", slope " << worst.slope);
  BOOST_TEST(worst.value <= bounds.value);
  BOOST_TEST(worst.ulp <= bounds.ulp);
  BOOST_TEST(worst.slope <= bounds.slope);
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double below(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }  // normal distribution
double log_one_plus_exp(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

template <convexpr::Real Alpha>
void check_elu() {
  const double alpha = double{Alpha.value};
  check<expr::Elu<Alpha>>([=](double x) { return x > 0 ? x : alpha * std::expm1(x); },
                          [=](double x) { return x > 0 ? 1 : alpha * std::exp(x); },
                          {.ulp = 2.5, .slope = 2e-7 * std::abs(alpha)});
}

template <convexpr::Real Slope>
void check_leaky_relu() {
  const double slope = double{Slope.value};
  check<expr::LeakyRelu<Slope>>([=](double x) { return x > 0 ? x : slope * x; },
                                [=](double x) { return x > 0 ? 1 : slope; },
                                {.ulp = 0.5, .slope = 0});
}

}  // namespace

BOOST_AUTO_TEST_CASE(functions_of_pieces) {
  check_leaky_relu<0.01>();
  check_leaky_relu<0>();
  check_leaky_relu<1.5>();
  check_leaky_relu<-0.25>();
  check<expr::Relu>([](double x) { return std::max(x, 0.0); },
                    [](double x) { return x > 0 ? 1 : 0; }, {.ulp = 0, .slope = 0});
  check<expr::Relu6>([](double x) { return std::clamp(x, 0.0, 6.0); },
                     [](double x) { return x > 0 && x < 6 ? 1 : 0; }, {.ulp = 0, .slope = 0});
  check<expr::HardSigmoid>([](double x) { return std::clamp(x + 3, 0.0, 6.0) / 6; },
                           [](double x) { return x > -3 && x < 3 ? 1.0 / 6 : 0; },
                           {.value = 1.5e-7, .slope = 1e-8});
  check<expr::HardSwish>([](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; },
                         [](double x) { return x <= -3 ? 0
                                               : x < 3 ? x / 3 + 0.5
                                                       : 1; },
                         {.value = 1.5e-7, .slope = 2e-7});
}

BOOST_AUTO_TEST_CASE(exponentials_on_the_left) {
  check_elu<1>();
  check_elu<0.5>();
  check_elu<0>();
  check_elu<-0.75>();
  constexpr double scale = 1.0507009873554804934;
  constexpr double alpha = 1.6732632423543772848;
  check<expr::Selu>([](double x) { return scale * (x > 0 ? x : alpha * std::expm1(x)); },
                    [](double x) { return scale * (x > 0 ? 1 : alpha * std::exp(x)); },
                    {.ulp = 2.5, .slope = 3e-7});
}

BOOST_AUTO_TEST_CASE(smooth_steps) {
  check<expr::Sigmoid>(logistic, [](double x) { return logistic(x) * logistic(-x); },
                       {.value = 2e-7, .slope = 2e-7});
  check<expr::Tanh>([](double x) { return std::tanh(x); },
                    [](double x) { return 1 / (std::cosh(x) * std::cosh(x)); },
                    {.ulp = 1.5, .slope = 2e-7});
  check<expr::Softsign>([](double x) { return x / (1 + std::abs(x)); },
                        [](double x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); },
                        {.ulp = 1.5, .slope = 2e-7});
}

BOOST_AUTO_TEST_CASE(smooth_rectifiers) {
  check<expr::Softplus>(log_one_plus_exp, logistic, {.ulp = 2, .slope = 2e-7}, -87);
  check<expr::Gelu>(
      [](double x) { return x * below(x); },
      [](double x) { return below(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); },
      {.value = 1.5e-7, .slope = 2e-7});
  check<expr::Silu>([](double x) { return x * logistic(x); },
                    [](double x) { return logistic(x) * (1 + x * logistic(-x)); },
                    {.value = 1.5e-7, .slope = 3e-7});
  check<expr::Mish>([](double x) { return x * std::tanh(log_one_plus_exp(x)); },
                    [](double x) {
                      const double t = std::tanh(log_one_plus_exp(x));
                      return t + x * (1 - t * t) * logistic(x);
                    },
                    {.value = 1.5e-7, .slope = 2e-7});
}

BOOST_AUTO_TEST_CASE(where_a_slope_jumps_it_is_pytorchs) {
  BOOST_TEST(slope_at<expr::Relu>(0) == 0.0F);
  BOOST_TEST(slope_at<expr::Relu6>(0) == 0.0F);
  BOOST_TEST(slope_at<expr::Relu6>(6) == 0.0F);
  BOOST_TEST(slope_at<expr::LeakyRelu<0.25>>(0) == 0.25F);
  BOOST_TEST(slope_at<expr::LeakyRelu<-0.25>>(0) == -0.25F);
  BOOST_TEST(slope_at<expr::Elu<0.5>>(0) == 0.5F);
  BOOST_TEST(slope_at<expr::Elu<-0.5>>(0) == -0.5F);
  BOOST_TEST(slope_at<expr::Selu>(0) == 1.7580993408473768599F);
  BOOST_TEST(slope_at<expr::HardSigmoid>(-3) == 0.0F);
  BOOST_TEST(slope_at<expr::HardSigmoid>(3) == 0.0F);
  BOOST_TEST(slope_at<expr::HardSwish>(-3) == 0.0F);
  BOOST_TEST(slope_at<expr::HardSwish>(3) == 1.0F);
}

BOOST_AUTO_TEST_CASE(zeros_stay_zeros_where_that_is_said) {
  const auto holds = []<class F>(F) { return (value_at<F>(0) == 0.0F) == F::zero_at_zero; };
  BOOST_TEST(holds(expr::Identity{}));
  BOOST_TEST(holds(expr::Relu{}));
  BOOST_TEST(holds(expr::Relu6{}));
  BOOST_TEST(holds(expr::LeakyRelu<0.25>{}));
  BOOST_TEST(holds(expr::Elu<0.5>{}));
  BOOST_TEST(holds(expr::Selu{}));
  BOOST_TEST(holds(expr::Sigmoid{}));
  BOOST_TEST(holds(expr::Tanh{}));
  BOOST_TEST(holds(expr::Gelu{}));
  BOOST_TEST(holds(expr::Silu{}));
  BOOST_TEST(holds(expr::Mish{}));
  BOOST_TEST(holds(expr::Softplus{}));
  BOOST_TEST(holds(expr::Softsign{}));
  BOOST_TEST(holds(expr::HardSigmoid{}));
  BOOST_TEST(holds(expr::HardSwish{}));
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_stays_so) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const auto stays = []<class F>(F) { return std::isnan(value_at<F>(nan)); };
  BOOST_TEST(stays(expr::Relu6{}));
  BOOST_TEST(stays(expr::LeakyRelu<0.25>{}));
  BOOST_TEST(stays(expr::Elu<0>{}));
  BOOST_TEST(stays(expr::Selu{}));
  BOOST_TEST(stays(expr::Gelu{}));
  BOOST_TEST(stays(expr::Silu{}));
  BOOST_TEST(stays(expr::Mish{}));
  BOOST_TEST(stays(expr::Softplus{}));
  BOOST_TEST(stays(expr::Softsign{}));
  BOOST_TEST(stays(expr::HardSigmoid{}));
  BOOST_TEST(stays(expr::HardSwish{}));
}
