// Formulas and their derivatives on vectors: activations against their definitions, every operation
// against differences in double precision, and what happens at corners.
#define BOOST_TEST_MODULE expr_evaluate
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/expr/derivative.hpp>
#include <convexpr/expr/evaluate.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <limits>
#include <random>
#include <vector>

#include "../support/elementwise_lambdas.hpp"
#include "../support/interpret.hpp"
#include "../support/reference_activations.hpp"

namespace cx = convexpr;
namespace expr = convexpr::expr;
namespace simd = convexpr::simd;
using convexpr::Kind;
using expr::Adjoint;
using expr::Formula;
using expr::From;

namespace {

template <auto F, int Arguments = 1>
constexpr Formula formula = expr::trace<F, Arguments>().formula;
template <auto F, int Arguments = 1>
constexpr Adjoint adjoint = expr::differentiate(formula<F, Arguments>, (1U << Arguments) - 1);

float first_lane(simd::Vector v) {
  alignas(simd::alignment) float lanes[simd::lanes];
  simd::store(lanes, v);
  return lanes[0];
}

// The results of a function on vectors that hold one number each.
template <Formula F>
[[gnu::noinline]] std::vector<float> evaluate_at(const std::vector<float>& inputs) {
  expr::Vectors<F.input_count> vectors;
  for (std::size_t i = 0; i < vectors.size(); ++i) vectors[i] = simd::broadcast(inputs[i]);
  std::vector<float> results;
  for (const simd::Vector v : expr::evaluate<F>(vectors)) results.push_back(first_lane(v));
  return results;
}

// What the adjoint is given, if these are the function's inputs and output.
template <class Number>
std::vector<Number> inputs_of(const Adjoint& a, const std::vector<Number>& x, Number y, Number dy) {
  std::vector<Number> inputs;
  for (int i = 0; i < a.formula.input_count; ++i) {
    const expr::Source& source = a.sources[i];
    inputs.push_back(source.from == From::input    ? x.at(static_cast<std::size_t>(source.index))
                     : source.from == From::output ? y
                                                   : dy);
  }
  return inputs;
}

// The adjoints of all inputs, from what vectors make of the function.
template <auto F, int Arguments = 1>
std::vector<float> adjoints_at(const std::vector<float>& x, float dy = 1) {
  const float y = evaluate_at<formula<F, Arguments>>(x)[0];
  return evaluate_at<adjoint<F, Arguments>.formula>(inputs_of(adjoint<F, Arguments>, x, y, dy));
}
template <auto F>
float value_at(float x) {
  return evaluate_at<formula<F>>({x})[0];
}
template <auto F>
float slope_at(float x) {
  return adjoints_at<F>({x})[0];
}

// Errors allowed of a value, relative to max(1, |x|), and of a slope.
struct Bounds {
  double value;
  double slope;
};

// Checks an activation from -100 to 100, at most points near 0.
template <auto F>
void check(Kind kind, const Bounds& bounds, float alpha = 0) {
  convexpr::Operation op;
  op.kind = kind;
  op.alpha = alpha;
  Bounds worst{0, 0};
  const auto look = [&](float x) {
    const double off = std::abs(double{value_at<F>(x)} - reference::activation(op, double{x}));
    const double slope_off =
        std::abs(double{slope_at<F>(x)} - reference::activation_slope(op, double{x}));
    BOOST_REQUIRE(std::isfinite(off) && std::isfinite(slope_off));
    worst.value = std::max(worst.value, off / std::max(1.0, std::abs(double{x})));
    worst.slope = std::max(worst.slope, slope_off);
  };
  for (const float span : {100.0F, 8.0F, 1.0F, 1e-3F, 1e-20F}) {
    for (int i = -1999; i <= 1999; i += 2) look(span * static_cast<float>(i) / 2000.0F);
  }
  look(100);
  look(-100);
  BOOST_TEST_MESSAGE(convexpr::name(kind)
                     << ": value " << worst.value << ", slope " << worst.slope);
  BOOST_TEST(worst.value <= bounds.value);
  BOOST_TEST(worst.slope <= bounds.slope);
}

// Compares a function of `Arguments` numbers between `low` and `high`, and its adjoints, in three
// ways: vectors, double precision, and differences in double precision.
template <auto F, int Arguments = 1>
void check_operations(double low, double high, double tolerance = 2e-6) {
  constexpr Formula f = formula<F, Arguments>;
  constexpr Adjoint back = adjoint<F, Arguments>;
  static_assert(f.size > 0 && back.formula.size > 0);
  std::mt19937 random(17);
  std::uniform_real_distribution<double> uniform(low, high);
  for (int n = 0; n < 200; ++n) {
    std::vector<float> x(Arguments);
    for (float& v : x) v = static_cast<float>(uniform(random));
    const std::vector<double> exact_x(x.begin(), x.end());
    const double y = reference::interpret(f, exact_x)[0];
    const float vector_y = evaluate_at<f>(x)[0];
    BOOST_TEST(std::abs(double{vector_y} - y) <= tolerance * std::max(1.0, std::abs(y)));

    const double dy = 1.75;
    const auto exact = reference::interpret(back.formula, inputs_of(back, exact_x, y, dy));
    const auto vector = evaluate_at<back.formula>(inputs_of(back, x, vector_y, 1.75F));
    for (std::size_t i = 0; i < Arguments; ++i) {
      const double h = 1e-5;
      std::vector<double> above = exact_x;
      std::vector<double> below = exact_x;
      above[i] += h;
      below[i] -= h;
      const double slope =
          (reference::interpret(f, above)[0] - reference::interpret(f, below)[0]) / (2 * h);
      const double scale = std::max(1.0, std::abs(exact[i]));
      BOOST_TEST(std::abs(exact[i] - dy * slope) <= 1e-6 * scale);
      BOOST_TEST(std::abs(double{vector[i]} - exact[i]) <= tolerance * scale);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(activations_are_what_their_definitions_say) {
  check<lambdas::relu>(Kind::relu, {0, 0});
  check<lambdas::relu6>(Kind::relu6, {0, 0});
  check<lambdas::leaky_relu<0.01F>>(Kind::leaky_relu, {1e-9, 0}, 0.01F);
  check<lambdas::leaky_relu<-0.25F>>(Kind::leaky_relu, {1e-9, 0}, -0.25F);
  check<lambdas::elu<1.0F>>(Kind::elu, {2e-7, 2e-7}, 1);
  check<lambdas::elu<0.7F>>(Kind::elu, {2e-7, 2e-7}, 0.7F);
  check<lambdas::elu<-0.75F>>(Kind::elu, {2e-7, 2e-7}, -0.75F);
  check<lambdas::selu>(Kind::selu, {3e-7, 3e-7});
  check<lambdas::gelu>(Kind::gelu, {1.5e-7, 3e-7});
  check<lambdas::silu>(Kind::silu, {1.5e-7, 1.5e-6});
  check<lambdas::mish>(Kind::mish, {2e-7, 1.5e-6});
  check<lambdas::short_mish>(Kind::mish, {2e-7, 3e-7});
  check<lambdas::sigmoid>(Kind::sigmoid, {2e-7, 2e-7});
  check<lambdas::tanh>(Kind::tanh, {1e-7, 2e-7});
  check<lambdas::softplus>(Kind::softplus, {2e-7, 2e-7});
  check<lambdas::softsign>(Kind::softsign, {1e-7, 2e-7});
  check<lambdas::hard_sigmoid>(Kind::hard_sigmoid, {1.5e-7, 1e-8});
  check<lambdas::hard_swish>(Kind::hard_swish, {1.5e-7, 2e-7});
}

BOOST_AUTO_TEST_CASE(every_operation_has_its_slope) {
  check_operations<[](auto a, auto b) { return a + 3 * b - (2 - a) * b; }, 2>(-2, 2);
  check_operations<[](auto a, auto b) { return -a / b + 1 / a - b / 3; }, 2>(0.5, 2, 5e-6);
  check_operations<[](auto a, auto b) { return cx::min(a, b) * cx::max(a, 2 * b); }, 2>(-2, 2);
  check_operations<[](auto x) { return cx::abs(x - 0.5) + cx::square(x); }>(-2, 2);
  check_operations<[](auto x) { return cx::exp(x) * cx::expm1(2 * x); }>(-2, 1, 1e-5);
  check_operations<[](auto x) { return cx::log(x) + cx::log1p(x * x); }>(0.5, 3);
  check_operations<[](auto x) { return cx::sqrt(x) * cx::rsqrt(x + 1); }>(0.5, 3);
  check_operations<[](auto x) { return expr::tanh(x) * expr::sigmoid(2 * x); }>(-2, 2);
  check_operations<[](auto x) { return expr::softplus(x) - cx::erf(x); }>(-2, 2);
  check_operations<[](auto x) { return cx::pow(x, 2.5) + cx::pow(x, -3) + cx::pow(x, 3); }>(0.5, 2,
                                                                                            2e-5);
  check_operations<[](auto a, auto b, auto c) { return cx::select(a < b && b <= c, a * b, b * c); },
                   3>(-2, 2);
  check_operations<[](auto a, auto b) {
    return cx::select(!(a > 0 || b >= 1) || a == b, cx::exp(a), cx::select(a != 3, b * b, a));
  },
                   2>(-2, 2);
}

BOOST_AUTO_TEST_CASE(functions_of_functions_have_their_slopes) {
  check_operations<[](auto x) { return lambdas::silu(lambdas::gelu(2 * x) - x); }>(-2, 2, 5e-6);
  check_operations<[](auto x) { return 2 - cx::max(3 * expr::tanh(cx::max(x, -1)), 0); }>(-2, 2);
  check_operations<[](auto a, auto s, auto t) { return lambdas::selu(a * s + t); }, 3>(-2, 2, 5e-6);
  check_operations<[](auto a, auto b, auto c) { return a * expr::sigmoid(b) + expr::tanh(a * c); },
                   3>(-2, 2);
  check_operations<[](auto x, auto gate) { return lambdas::hard_sigmoid(gate) * x; }, 2>(-4, 4);
}

BOOST_AUTO_TEST_CASE(where_a_slope_jumps_it_is_pytorchs) {
  BOOST_TEST(slope_at<lambdas::relu>(0) == 0.0F);
  BOOST_TEST(slope_at<lambdas::relu6>(0) == 0.0F);
  BOOST_TEST(slope_at<lambdas::relu6>(6) == 0.0F);
  BOOST_TEST(slope_at<lambdas::leaky_relu<0.25F>>(0) == 0.25F);
  BOOST_TEST(slope_at<lambdas::leaky_relu<-0.25F>>(0) == -0.25F);
  BOOST_TEST(slope_at<lambdas::elu<0.5F>>(0) == 0.5F);
  BOOST_TEST(slope_at<lambdas::elu<-0.5F>>(0) == -0.5F);
  BOOST_TEST(slope_at<lambdas::selu>(0) == 1.7580993408473768599F);
  BOOST_TEST(slope_at<lambdas::hard_sigmoid>(-3) == 0.0F);
  BOOST_TEST(slope_at<lambdas::hard_sigmoid>(3) == 0.0F);
  BOOST_TEST(slope_at<[](auto x) { return cx::abs(x); }>(0) == 0.0F);
}

BOOST_AUTO_TEST_CASE(equal_operands_share_the_slope) {
  constexpr auto larger = [](auto a, auto b) { return cx::max(a, b); };
  constexpr auto smaller = [](auto a, auto b) { return cx::min(a, b); };
  using Two = std::vector<float>;
  BOOST_TEST((adjoints_at<larger, 2>({2, 1}, 8) == Two{8, 0}));
  BOOST_TEST((adjoints_at<larger, 2>({1, 2}, 8) == Two{0, 8}));
  BOOST_TEST((adjoints_at<larger, 2>({2, 2}, 8) == Two{4, 4}));
  BOOST_TEST((adjoints_at<smaller, 2>({2, 1}, 8) == Two{0, 8}));
  BOOST_TEST((adjoints_at<smaller, 2>({1, 2}, 8) == Two{8, 0}));
  BOOST_TEST((adjoints_at<smaller, 2>({2, 2}, 8) == Two{4, 4}));
}

BOOST_AUTO_TEST_CASE(an_arm_that_is_not_chosen_has_no_say_in_the_slope) {
  constexpr auto guarded = [](auto x) { return cx::select(x > 0, cx::log(x) + 1 / x, 2 * x); };
  BOOST_TEST(value_at<guarded>(0) == 0.0F);
  BOOST_TEST(slope_at<guarded>(0) == 2.0F);
  BOOST_TEST(slope_at<guarded>(-1) == 2.0F);
  BOOST_TEST(slope_at<guarded>(2) == 0.25F);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_stays_so) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST(std::isnan(value_at<lambdas::relu>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::relu6>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::leaky_relu<0.25F>>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::selu>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::gelu>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::silu>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::short_mish>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::softplus>(nan)));
  BOOST_TEST(std::isnan(value_at<lambdas::hard_swish>(nan)));
}

BOOST_AUTO_TEST_CASE(zeros_are_zeros_where_the_formula_says_so) {
  const auto holds = []<Formula F>() {
    return (evaluate_at<F>({0})[0] == 0.0F) == expr::zero_at_zero(F);
  };
  BOOST_TEST(holds.operator()<formula<lambdas::selu>>());
  BOOST_TEST(holds.operator()<formula<lambdas::gelu>>());
  BOOST_TEST(holds.operator()<formula<lambdas::silu>>());
  BOOST_TEST(holds.operator()<formula<lambdas::mish>>());
  BOOST_TEST(holds.operator()<formula<lambdas::short_mish>>());
  BOOST_TEST(holds.operator()<formula<lambdas::tanh>>());
  BOOST_TEST(holds.operator()<formula<lambdas::sigmoid>>());
  BOOST_TEST(holds.operator()<formula<lambdas::softplus>>());
  BOOST_TEST(holds.operator()<formula<lambdas::hard_sigmoid>>());
  BOOST_TEST(holds.operator()<formula<[](auto x) { return cx::sqrt(x) + cx::log1p(x); }>>());
}

BOOST_AUTO_TEST_CASE(a_function_may_have_several_results_or_no_inputs) {
  constexpr Formula two = [] {
    expr::FormulaBuilder b;
    const int e = b.emit(expr::Op::exp, b.input(0));
    return b.finish(e, b.emit(expr::Op::add, e, b.input(1)));
  }();
  BOOST_TEST((evaluate_at<two>({0, 2}) == std::vector<float>{1, 3}));
  BOOST_TEST((evaluate_at<formula<[] { return 3; }, 0>>({}) == std::vector<float>{3}));
}
