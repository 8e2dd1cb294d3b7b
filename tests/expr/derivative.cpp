// Derivatives as formulas: their size, what they read, and where the output alone tells the slope.
#define BOOST_TEST_MODULE expr_derivative
#include <boost/test/unit_test.hpp>
#include <convexpr/expr/derivative.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <utility>

#include "../support/elementwise_lambdas.hpp"

namespace cx = convexpr;
namespace expr = convexpr::expr;
using expr::Adjoint;
using expr::Formula;
using expr::From;
using expr::Source;

namespace {

template <auto F, int Arguments = 1>
constexpr Formula formula = expr::trace<F, Arguments>().formula;
template <auto F, int Arguments = 1, unsigned Wanted = (1U << Arguments) - 1>
constexpr Adjoint adjoint = expr::differentiate(formula<F, Arguments>, Wanted);

// Whether two formulas compute the same, in whatever order: written into one builder they are one
// value.
constexpr bool same(const Formula& f, const Formula& g) {
  expr::FormulaBuilder b;
  int inputs[expr::most_inputs]{};
  for (int i = 0; i < f.input_count; ++i) inputs[i] = b.input(i);
  return f.input_count == g.input_count && b.include(f, inputs) == b.include(g, inputs);
}

// Whether an adjoint is the given function of the output and its adjoint.
template <auto F, auto OfOutput>
constexpr bool from_output =
    same(adjoint<F>.formula, formula<OfOutput, 2>) && adjoint<F>.formula.input_count == 2 &&
    adjoint<F>.sources[0] == Source{From::output, 0} &&
    adjoint<F>.sources[1] == Source{From::output_adjoint, 0};

template <auto F>
constexpr bool needs_input = adjoint<F>.reads_input(0) && !adjoint<F>.reads_output();
template <auto F>
constexpr bool needs_neither = !adjoint<F>.reads_input(0) && !adjoint<F>.reads_output();

constexpr float selu_scaled_alpha = lambdas::selu_scale * lambdas::selu_alpha;

constexpr auto relu_slope = [](auto y, auto dy) { return cx::select(y > 0, dy, 0); };

}  // namespace

// The output tells the slope.
static_assert(from_output<lambdas::relu, relu_slope>);
static_assert(from_output<lambdas::relu6, [](auto y, auto dy) {
  return cx::select(y > 0, cx::select(y < 6, dy, 0), 0);
}>);
static_assert(from_output<lambdas::hard_sigmoid, [](auto y, auto dy) {
  return cx::select(y > 0, cx::select(y < 1, dy * (1.0F / 6), 0), 0);
}>);
static_assert(from_output<lambdas::leaky_relu<0.0F>, relu_slope>);
static_assert(from_output<lambdas::leaky_relu<0.1F>,
                          [](auto y, auto dy) { return cx::select(y > 0, 1, 0.1F) * dy; }>);
static_assert(from_output<lambdas::leaky_relu<1.5F>,
                          [](auto y, auto dy) { return cx::select(y > 0, 1, 1.5F) * dy; }>);
static_assert(from_output<lambdas::elu<1.0F>,
                          [](auto y, auto dy) { return cx::select(y > 0, 1, y + 1) * dy; }>);
static_assert(from_output<lambdas::elu<0.7F>,
                          [](auto y, auto dy) { return cx::select(y > 0, 1, y + 0.7F) * dy; }>);
static_assert(from_output<lambdas::elu<0.0F>, relu_slope>);
static_assert(from_output<lambdas::selu, [](auto y, auto dy) {
  return cx::select(y > 0, lambdas::selu_scale, y + selu_scaled_alpha) * dy;
}>);
static_assert(from_output<lambdas::sigmoid, [](auto y, auto dy) { return y * (1 - y) * dy; }>);
static_assert(from_output<lambdas::tanh, [](auto y, auto dy) { return (1 - y * y) * dy; }>);
static_assert(from_output<lambdas::softplus, [](auto y, auto dy) { return -cx::expm1(-y) * dy; }>);
static_assert(
    from_output<[](auto x) { return cx::exp(x); }, [](auto y, auto dy) { return y * dy; }>);
static_assert(
    from_output<[](auto x) { return cx::sqrt(x); }, [](auto y, auto dy) { return 0.5 / y * dy; }>);
static_assert(from_output<[](auto x) { return 1 - 2 * cx::max(x, 0); },
                          [](auto y, auto dy) { return cx::select(y < 1, -2 * dy, 0); }>);
static_assert(
    from_output<[](auto x) { return -3 * cx::exp(x); }, [](auto y, auto dy) { return y * dy; }>);
static_assert(from_output<[](auto x) { return cx::select(x < 0, 0.5 * x, x); },
                          [](auto y, auto dy) { return cx::select(y < 0, 0.5, 1) * dy; }>);
static_assert(from_output<[](auto x) { return cx::select(x >= 0, 2 * x, cx::expm1(x)); },
                          [](auto y, auto dy) { return cx::select(y >= 0, 2, y + 1) * dy; }>);
static_assert(from_output<[](auto x) { return expr::tanh(cx::max(x, 0)); },
                          [](auto y, auto dy) { return cx::select(y > 0, (1 - y * y) * dy, 0); }>);

// Nothing but the incoming adjoint is read.
static_assert(needs_neither<lambdas::identity>);
static_assert(needs_neither<[](auto x) { return 3 * x; }>);
static_assert(needs_neither<[](auto x) { return 2 - x; }>);
static_assert(adjoint<lambdas::identity>.formula == formula<lambdas::identity>);

// The output does not tell the slope: two inputs have it, or what is left of a digit is lost.
static_assert(needs_input<lambdas::gelu>);
static_assert(needs_input<lambdas::silu>);
static_assert(needs_input<lambdas::mish>);
static_assert(needs_input<lambdas::hard_swish>);
static_assert(needs_input<lambdas::leaky_relu<-0.1F>>);
static_assert(needs_input<lambdas::elu<-0.5F>>);
static_assert(needs_input<[](auto x) { return cx::abs(x); }>);
static_assert(needs_input<[](auto x) { return x * x; }>);
static_assert(needs_input<[](auto x) { return cx::select(x > 0, x, 1 + 2 * x); }>);
static_assert(needs_input<[](auto x) { return cx::select(x > 1, x, 0.5 * x); }>);
static_assert(needs_input<[](auto x) { return cx::max(x, 0) * x; }>);
// A bound that the maximum hides: where y is 0, x may be below -1 or not.
static_assert(needs_input<[](auto x) { return cx::max(cx::select(x > -1, x, 2 * x), 0); }>);

// No input is read that the output can stand for.
constexpr auto scaled_relu = [](auto x, auto s, auto t) { return cx::max(x * s + t, 0); };
static_assert(!adjoint<scaled_relu, 3, 1>.reads_input(0));
static_assert(adjoint<scaled_relu, 3, 1>.reads_input(1));
static_assert(!adjoint<scaled_relu, 3, 1>.reads_input(2));
static_assert(adjoint<scaled_relu, 3, 1>.reads_output());
static_assert(adjoint<scaled_relu, 3>.reads_input(0));
static_assert(adjoint<scaled_relu, 3>.formula.result_count == 3);
static_assert(adjoint<scaled_relu, 3, 4>.sources[0] == Source{From::output, 0});
constexpr auto residual_relu = [](auto a, auto b) { return cx::max(a + b, 0); };
static_assert(same(adjoint<residual_relu, 2, 1>.formula, adjoint<lambdas::relu>.formula));
static_assert(adjoint<residual_relu, 2>.formula.results[0] ==
              adjoint<residual_relu, 2>.formula.results[1]);
constexpr auto product = [](auto a, auto b) { return a * b; };
static_assert(adjoint<product, 2>.reads_input(0) && adjoint<product, 2>.reads_input(1));
static_assert(!adjoint<product, 2>.reads_output());
static_assert(same(adjoint<product, 2, 1>.formula, formula<product, 2>));
static_assert(adjoint<product, 2, 1>.sources[0] == Source{From::input, 1});

// An input that is not read has no slope.
constexpr auto second = [](auto, auto b) { return b; };
static_assert(adjoint<second, 2>.formula.code[adjoint<second, 2>.formula.results[0]].op ==
              expr::Op::constant);

// Derivatives are formulas like others: the second derivative of x^3 is 6 x.
static_assert([] {
  constexpr auto of_unit_adjoint = [](const Adjoint& a) {
    expr::FormulaBuilder b;
    const int inputs[] = {b.input(0), b.number(1)};
    return b.finish(b.include(a.formula, inputs));
  };
  const Formula cube = formula<[](auto x) { return cx::pow(x, 3); }>;
  const Formula slope = of_unit_adjoint(expr::differentiate(cube, 1));
  const Formula curvature = of_unit_adjoint(expr::differentiate(slope, 1));
  return same(curvature, formula<[](auto x) { return 6 * x; }>);
}());

namespace {

// F after itself, n times, as a pass would join them.
template <auto F>
constexpr Formula repeated(int n) {
  expr::FormulaBuilder b;
  int x[] = {b.input(0)};
  for (int i = 0; i < n; ++i) x[0] = b.include(formula<F>, x);
  return b.finish(x[0]);
}

// Eight inputs, and nearly as many operations as a formula holds.
constexpr auto long_function = [](auto... x) {
  const auto u = (0 + ... + x);
  return [u]<int... I>(std::integer_sequence<int, I...>) {
    return (u + ... + cx::select(u > I, cx::exp(u - I), (I + 0.5) * u));
  }(std::make_integer_sequence<int, 9>{});
};

}  // namespace

// Clang counts the steps of what it computes while compiling: these come nearest to its limit.
static_assert(formula<long_function, 8>.size > 70);
static_assert(adjoint<long_function, 8>.formula.result_count == 8);
static_assert(adjoint<long_function, 8>.formula.size > 70);

// A choice within a choice is one choice by both conditions, so a chain does not grow faster than
// its length.
static_assert(expr::differentiate(repeated<[](auto x) { return cx::max(2 * x - 1, 0); }>(10), 1)
                  .formula.size < 70);

// Slopes that do not fit have no instructions.
static_assert(repeated<lambdas::silu>(40).size == 41);
static_assert(expr::differentiate(repeated<lambdas::silu>(40), 1).formula.size == 0);

BOOST_AUTO_TEST_CASE(all_of_it_was_checked_while_compiling) {
  BOOST_TEST(adjoint<lambdas::relu>.formula.size == 5);
}
