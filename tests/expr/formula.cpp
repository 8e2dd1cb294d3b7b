// Elementwise functions as values: what is traced, simplified, counted and said of them.
#define BOOST_TEST_MODULE expr_formula
#include <boost/test/unit_test.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <limits>

#include "../support/elementwise_lambdas.hpp"

namespace cx = convexpr;
namespace expr = convexpr::expr;
using expr::Formula;
using expr::FormulaBuilder;
using expr::Op;

namespace {

template <auto F, int Arguments = 1>
constexpr Formula formula = expr::trace<F, Arguments>().formula;

// How many instructions do something.
constexpr int operations(const Formula& f) {
  int count = 0;
  for (int k = 0; k < f.size; ++k) count += expr::operand_count(f.code[k].op) > 0 ? 1 : 0;
  return count;
}

constexpr Op last(const Formula& f) { return f.code[f.size - 1].op; }

// What is written in two ways and is one program.
template <auto F, auto G, int Arguments = 1>
constexpr bool same = formula<F, Arguments> == formula<G, Arguments>;

}  // namespace

// What stands in a function.
static_assert(formula<lambdas::identity>.size == 1);
static_assert(expr::is_identity(formula<lambdas::identity>));
static_assert(!expr::is_identity(formula<lambdas::relu>));
static_assert(!expr::is_identity(formula<[](auto, auto b) { return b; }, 2>));
static_assert(operations(formula<lambdas::relu>) == 1);
static_assert(operations(formula<lambdas::relu6>) == 2);
static_assert(operations(formula<lambdas::silu>) == 1);
static_assert(operations(formula<lambdas::gelu>) == 4);
static_assert(operations(formula<lambdas::hard_swish>) == 5);
static_assert(operations(formula<[](auto) { return 3; }>) == 0);
static_assert(formula<[](auto) { return 3; }>.code[0].value == 3);
static_assert(formula<[](auto x, auto) { return x; }, 2>.input_count == 2);
static_assert(expr::reads(formula<[](auto x, auto) { return x; }, 2>, 0));
static_assert(!expr::reads(formula<[](auto x, auto) { return x; }, 2>, 1));
static_assert(!expr::reads(formula<[](auto x, auto y) { return x + 0 * y; }, 2>, 1));

// What is said twice is computed once.
static_assert(operations(formula<[](auto x) { return cx::exp(x) / (1 + cx::exp(x)); }>) == 3);
static_assert(operations(formula<[](auto a, auto b) { return a * b - b * a + (b * a); }, 2>) == 3);

// Neutral elements, zeros and signs.
static_assert(same<[](auto x) { return (x * 1 + 0 - 0) / 1; }, lambdas::identity>);
static_assert(same<[](auto x) { return -(-x); }, lambdas::identity>);
static_assert(same<[](auto x) { return x * 0; }, [](auto) { return 0; }>);
static_assert(same<[](auto x) { return 0 * cx::exp(x) / x; }, [](auto) { return 0; }>);
static_assert(same<[](auto x) { return 0 - x; }, [](auto x) { return -x; }>);
static_assert(same<[](auto x) { return -1 * x; }, [](auto x) { return x / -1; }>);
static_assert(same<[](auto x) { return x - 2; }, [](auto x) { return -2 + x; }>);
static_assert(same<[](auto x) { return x / 4; }, [](auto x) { return 0.25 * x; }>);
static_assert(!same<[](auto x) { return x / 3; }, [](auto x) { return x * (1.0F / 3); }>);
static_assert(same<[](auto a, auto b) { return a + -b; }, [](auto a, auto b) { return a - b; }, 2>);
static_assert(same<[](auto a, auto b) { return a - -b; }, [](auto a, auto b) { return b + a; }, 2>);
static_assert(
    same<[](auto a, auto b) { return -(a - b); }, [](auto a, auto b) { return b - a; }, 2>);
static_assert(
    same<[](auto a, auto b) { return -a * -b; }, [](auto a, auto b) { return b * a; }, 2>);
static_assert(same<[](auto x) { return 2 * (3 * x); }, [](auto x) { return x * 6; }>);
static_assert(same<[](auto x) { return x + x - 5 * x; }, [](auto x) { return -3 * x; }>);
static_assert(operations(formula<[](auto x) { return 1e30F * (1e30F * x); }>) == 2);
static_assert(operations(formula<[](auto x) { return (x + 1e8F) - 1e8F; }>) == 2);

// Numbers are computed while compiling.
static_assert(
    same<[](auto x) { return x * cx::sqrt(2.0F); }, [](auto x) { return x * 1.41421356237F; }>);
static_assert(
    same<[](auto x) { return x + cx::exp(cx::max(-1, 0)); }, [](auto x) { return x + 1; }>);
static_assert(operations(formula<[](auto x) { return x + cx::exp(1.0F); }>) == 2);
static_assert(operations(formula<[](auto x) { return x + x / 0; }>) == 2);
static_assert(formula<[](auto x) { return x - std::numeric_limits<float>::infinity(); }>.size > 1);
static_assert(expr::fold(Op::multiply, 3e38F, 3e38F, 0, 0) == std::nullopt);
static_assert(expr::fold(Op::divide, 0, 0, 0, 0) == std::nullopt);
static_assert(expr::fold(Op::sqrt, 2, 0, 0, 0) == 1.41421356237F);
static_assert(expr::fold(Op::sqrt, 1e-30F, 0, 0, 0) == 1e-15F);
static_assert(expr::fold(Op::sqrt, 1e30F, 0, 0, 0) == 1e15F);
static_assert(expr::fold(Op::sqrt, -1, 0, 0, 0) == std::nullopt);

// Powers.
static_assert(same<[](auto x) { return cx::pow(x, 0); }, [](auto) { return 1; }>);
static_assert(same<[](auto x) { return cx::pow(x, 1); }, lambdas::identity>);
static_assert(same<[](auto x) { return cx::pow(x, 2); }, [](auto x) { return x * x; }>);
static_assert(same<[](auto x) { return cx::pow(x, 3); }, [](auto x) { return x * x * x; }>);
static_assert(same<[](auto x) { return cx::pow(x, 0.5); }, [](auto x) { return cx::sqrt(x); }>);
static_assert(same<[](auto x) { return cx::pow(x, -1); }, [](auto x) { return 1 / x; }>);
static_assert(same<[](auto x) { return cx::pow(x, -0.5); }, [](auto x) { return cx::rsqrt(x); }>);
static_assert(last(formula<[](auto x) { return cx::pow(x, 2.5); }>) == Op::pow);

// Bounds and choices.
static_assert(same<[](auto x) { return cx::max(x, cx::max(0, x)); },
                   [](auto x) { return cx::max(x, cx::max(x, 0)); }>);
static_assert(same<[](auto x) { return cx::max(cx::max(x, -1), 0); }, lambdas::relu>);
static_assert(formula<lambdas::relu>.code[formula<lambdas::relu>.code[2].a].op == Op::constant);
static_assert(same<[](auto x) { return cx::select(x > 0, x, x); }, lambdas::identity>);
static_assert(same<[](auto x) { return cx::select(!(x > 0), 0, x); },
                   [](auto x) { return cx::select(0 < x, x, 0); }>);
static_assert(same<[](auto x) { return cx::select(!!(x > 0), x, 0); },
                   [](auto x) { return cx::select(x > 0 && x > 0, x, 0); }>);
static_assert(same<[](auto x) { return cx::select(x > 0, 1, 0) * cx::log(x); },
                   [](auto x) { return cx::select(x > 0, cx::log(x), 0); }>);
static_assert(same<[](auto x) { return cx::select(x > 0, x, 0) + cx::select(x > 0, 0, 2 * x); },
                   [](auto x) { return cx::select(x > 0, x, x * 2); }>);
static_assert(same<[](auto x) { return cx::select(x > 0, cx::select(x > 0, 1, 2), x); },
                   [](auto x) { return cx::select(x > 0, 1, x); }>);
// What is not less may be no number: that is not the other comparison.
static_assert(!same<[](auto x) { return cx::select(!(x > 0), 1, x); },
                    [](auto x) { return cx::select(x <= 0, 1, x); }>);

// A product goes into the sum that alone reads it.
static_assert(last(formula<[](auto x) { return x * x + 1; }>) == Op::multiply_add);
static_assert(last(formula<[](auto x) { return 1 - 2 * x; }>) == Op::multiply_add);
static_assert(operations(formula<[](auto x) { return 1 - 2 * x; }>) == 1);
static_assert(operations(formula<[](auto x) { return x * (3 * x) + 3 * x; }>) == 2);
static_assert(last(formula<[](auto x) { return cx::exp(2 * x) + (2 * x); }>) == Op::add);

// A sigmoid goes into the product that alone reads it.
static_assert(last(formula<lambdas::silu>) == Op::gate);
static_assert(same<[](auto a, auto b) { return expr::sigmoid(b) * a; },
                   [](auto a, auto b) { return a * expr::sigmoid(b); }, 2>);
static_assert(last(formula<[](auto x) { return expr::sigmoid(x) * (1 - expr::sigmoid(x)); }>) !=
              Op::gate);

// Zeros stay zeros.
static_assert(expr::zero_at_zero(formula<lambdas::identity>));
static_assert(expr::zero_at_zero(formula<lambdas::relu>));
static_assert(expr::zero_at_zero(formula<lambdas::relu6>));
static_assert(expr::zero_at_zero(formula<lambdas::leaky_relu<-0.25F>>));
static_assert(expr::zero_at_zero(formula<lambdas::elu<0.5F>>));
static_assert(expr::zero_at_zero(formula<lambdas::selu>));
static_assert(expr::zero_at_zero(formula<lambdas::gelu>));
static_assert(expr::zero_at_zero(formula<lambdas::silu>));
static_assert(expr::zero_at_zero(formula<lambdas::mish>));
static_assert(expr::zero_at_zero(formula<lambdas::tanh>));
static_assert(expr::zero_at_zero(formula<lambdas::softsign>));
static_assert(expr::zero_at_zero(formula<lambdas::hard_swish>));
static_assert(!expr::zero_at_zero(formula<lambdas::sigmoid>));
static_assert(!expr::zero_at_zero(formula<lambdas::softplus>));
static_assert(!expr::zero_at_zero(formula<lambdas::hard_sigmoid>));
static_assert(!expr::zero_at_zero(formula<[](auto x) { return x * cx::log(x); }>));
static_assert(!expr::zero_at_zero(formula<[](auto x) { return x / x; }>));
static_assert(!expr::zero_at_zero(formula<[](auto x, auto y) { return cx::exp(x) + y; }, 2>));
static_assert(expr::zero_at_zero(formula<[](auto x, auto y) { return cx::exp(x) * y; }, 2>));

// What may be copied for every register.
static_assert(expr::few_instructions(formula<lambdas::relu6>));
static_assert(expr::few_instructions(formula<lambdas::leaky_relu<0.1F>>));
static_assert(expr::few_instructions(formula<lambdas::softsign>));
static_assert(expr::few_instructions(formula<lambdas::hard_swish>));
static_assert(!expr::few_instructions(formula<lambdas::sigmoid>));
static_assert(!expr::few_instructions(formula<lambdas::elu<1.0F>>));
static_assert(!expr::few_instructions(formula<[](auto x) { return 1 / (1 + 1 / (1 + x)); }>));

namespace {

// A sum of so many products that none can be left out.
template <int Terms>
constexpr auto long_function = [](auto x) {
  return [&]<int... I>(std::integer_sequence<int, I...>) {
    return (x + ... + cx::max(x, I * 0.5F));
  }(std::make_integer_sequence<int, Terms>{});
};

}  // namespace

// Refusals are values.
static_assert(!expr::trace<long_function<31>, 1>().refusal.happened());
static_assert(expr::trace<long_function<31>, 1>().formula.size == 94);
static_assert(expr::trace<long_function<32>, 1>().refusal.fact ==
              "elementwise: the function has too many operations");
static_assert(expr::trace<long_function<32>, 1>().formula == Formula{});
static_assert(expr::trace<[](auto) {}, 1>().refusal.got == "nothing");
static_assert(expr::trace<[](auto x) { return (x > 0); }, 1>().refusal.got == "a comparison");
static_assert(expr::trace<[](auto) { return "x"; }, 1>().refusal.happened());
static_assert(expr::trace<[](auto x) { return x; }, 2>().refusal.wanted == "2 arguments");
static_assert(!expr::trace<[](auto x, auto y) { return x + y; }, 2>().refusal.happened());

namespace {

// g(f(x), f(x) + y), as a pass would write it.
constexpr Formula composed() {
  FormulaBuilder b;
  const int xy[] = {b.input(0), b.input(1)};
  const int inner = b.include(formula<lambdas::relu>, xy);
  const int pair[] = {inner, b.emit(Op::add, xy[1], inner)};
  return b.finish(b.include(formula<[](auto p, auto q) { return p * q + p; }, 2>, pair));
}

constexpr Formula two_results() {
  FormulaBuilder b;
  const int x = b.input(0);
  const int e = b.emit(Op::exp, x);
  return b.finish(e, b.emit(Op::add, e, b.number(1)));
}

// More than a builder holds.
constexpr bool overflows() {
  FormulaBuilder b;
  int sum = b.input(0);
  for (int i = 0; i < 300; ++i) {
    sum = b.emit(Op::add, sum, b.emit(Op::exp, b.emit(Op::multiply, sum, sum)));
  }
  return b.finish(sum) == Formula{} && b.overflowed();
}

}  // namespace

static_assert(
    composed() ==
    formula<[](auto x, auto y) { return cx::max(x, 0) * (y + cx::max(x, 0)) + cx::max(x, 0); }, 2>);
static_assert(two_results().result_count == 2 && two_results().size == 4);
static_assert(!expr::zero_at_zero(two_results()));
static_assert(overflows());

BOOST_AUTO_TEST_CASE(all_of_it_was_checked_while_compiling) { BOOST_TEST(composed().size == 6); }
