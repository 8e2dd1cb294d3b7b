// Programs drawn at random: simplified they compute the same, and their derivatives, told by the
// output or not, are their slopes.
#define BOOST_TEST_MODULE expr_random_formulas
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/expr/derivative.hpp>
#include <convexpr/expr/formula_builder.hpp>
#include <random>
#include <vector>

#include "../support/interpret.hpp"

namespace expr = convexpr::expr;
using expr::Adjoint;
using expr::Formula;
using expr::FormulaBuilder;
using expr::From;
using expr::Instruction;
using expr::Op;

namespace {

// A program as it was drawn, and the same as a builder has it.
class Program {
 public:
  Program(std::mt19937& random, int inputs, int length) : random_(random) {
    for (int i = 0; i < inputs; ++i) {
      values_.push_back(append({Op::input, static_cast<std::uint8_t>(i), 0, 0, 0}, b_.input(i)));
    }
    for (int i = 0; i < length; ++i) draw_step();
  }

  Formula simplified() { return b_.finish(in_builder_.back()); }

  // The value, or NaN where a value on the way is large: its slope may be infinite.
  double at(const std::vector<double>& x) const {
    std::vector<double> results;
    for (const Instruction& step : steps_) {
      results.push_back(step.op == Op::input ? x.at(step.a)
                                             : reference::interpret(step, before(results, step.a),
                                                                    before(results, step.b),
                                                                    before(results, step.c)));
    }
    const auto is_large = [](double v) { return !(std::abs(v) < 1000); };
    return std::any_of(results.begin(), results.end(), is_large) ? std::nan("") : results.back();
  }

 private:
  static double before(const std::vector<double>& results, std::size_t i) {
    return i < results.size() ? results[i] : 0;
  }

  int append(const Instruction& step, int in_builder) {
    steps_.push_back(step);
    in_builder_.push_back(in_builder);
    return static_cast<int>(steps_.size()) - 1;
  }
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  // Half of the time what was computed last, so that programs are chains with detours.
  int value() {
    const int count = static_cast<int>(values_.size());
    return values_[static_cast<std::size_t>(below(2) == 0 ? count - 1 : below(count))];
  }
  // Numbers of few digits: what they are folded to is what double precision makes of them, so that a
  // value that reaches a bound reaches it in both.
  int number() {
    constexpr float numbers[] = {0, 1, -1, 0.5F, -3, 6, 1.5F};
    return constant(numbers[below(7)]);
  }
  int divisor() {
    constexpr float numbers[] = {1, -1, 0.5F, 2, -0.25F};
    return constant(numbers[below(5)]);
  }
  int constant(float v) { return append({Op::constant, 0, 0, 0, v}, b_.number(v)); }
  int emit(Op op, int a, int b = 0, int c = 0) {
    const auto known = [&](int i) { return in_builder_[static_cast<std::size_t>(i)]; };
    const int in_builder = b_.emit(op, known(a), known(b), known(c));
    return append({op, static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b),
                   static_cast<std::uint8_t>(c), 0},
                  in_builder);
  }

  int condition() {
    constexpr Op comparisons[] = {Op::less, Op::less_equal};
    const Op op = comparisons[below(2)];
    const int p = value();
    const int q = number();
    const int first = below(2) == 0 ? emit(op, q, p) : emit(op, p, q);
    if (below(4) != 0) return first;
    const int second = emit(op, value(), p);
    return below(2) == 0 ? emit(Op::both, first, second)
                         : emit(Op::no, emit(Op::either, first, second));
  }

  void draw_step() {
    constexpr Op functions[] = {Op::negate, Op::absolute, Op::square,  Op::tanh,
                                Op::expm1,  Op::sigmoid,  Op::softplus};
    constexpr Op with_value[] = {Op::add, Op::subtract, Op::multiply, Op::minimum, Op::maximum};
    const int p = value();  // in this order with every compiler
    const int q = value();
    switch (below(9)) {
      case 0:
      case 1: values_.push_back(emit(functions[below(7)], p)); break;
      case 2:
      case 3: values_.push_back(emit_with_number(with_value[below(5)], p, false)); break;
      case 4: values_.push_back(emit_with_number(with_value[below(5)], p, true)); break;
      case 5: values_.push_back(emit(with_value[below(5)], p, q)); break;
      case 6: values_.push_back(emit(Op::divide, p, divisor())); break;
      case 7: values_.push_back(emit(Op::select, condition(), p, q)); break;
      default: {
        const int chooses = condition();
        values_.push_back(emit(Op::select, chooses, p, number()));
      }
    }
  }
  int emit_with_number(Op op, int p, bool number_first) {
    const int n = number();
    return number_first ? emit(op, n, p) : emit(op, p, n);
  }

  std::mt19937& random_;
  FormulaBuilder b_;
  std::vector<Instruction> steps_;
  std::vector<int> in_builder_;
  std::vector<int> values_;  // of them those that are numbers, and no constants
};

struct Counts {
  int values = 0;
  int slopes = 0;
  int from_output = 0;
};

bool near(double p, double q, double tolerance) {
  return std::abs(p - q) <= tolerance * std::max({1.0, std::abs(p), std::abs(q)});
}

// dy/dx_i, or NaN near a corner or a jump.
double slope(const Program& program, std::vector<double> x, std::size_t i) {
  const double h = 1e-5;
  const double middle = x[i];
  double y[5];
  for (int k = -2; k <= 2; ++k) {
    x[i] = middle + k * h;
    y[k + 2] = program.at(x);
    if (std::isnan(y[k + 2])) return std::nan("");
  }
  const double whole = (y[4] - y[0]) / (4 * h);
  for (int k = 0; k < 4; ++k) {
    if (!near((y[k + 1] - y[k]) / h, whole, 1e-2)) return std::nan("");
  }
  return near((y[3] - y[1]) / (2 * h), whole, 1e-5) ? whole : std::nan("");
}

std::vector<double> inputs_of(const Adjoint& a, const std::vector<double>& x, double y, double dy) {
  std::vector<double> inputs;
  for (int i = 0; i < a.formula.input_count; ++i) {
    const expr::Source& source = a.sources[i];
    inputs.push_back(source.from == From::input    ? x.at(static_cast<std::size_t>(source.index))
                     : source.from == From::output ? y
                                                   : dy);
  }
  return inputs;
}

void check_at(const Program& program, const Formula& f, const Adjoint& adjoint,
              const std::vector<double>& x, Counts& counts) {
  const double y = program.at(x);
  if (std::isnan(y)) return;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < x.size(); ++i) slopes.push_back(slope(program, x, i));
  if (std::any_of(slopes.begin(), slopes.end(), [](double s) { return std::isnan(s); })) return;
  ++counts.values;
  BOOST_REQUIRE(near(reference::interpret(f, x)[0], y, 1e-4));
  const auto adjoints = reference::interpret(adjoint.formula, inputs_of(adjoint, x, y, 2));
  for (std::size_t i = 0; i < x.size(); ++i) {
    BOOST_TEST_INFO("input " << i << ": " << adjoints[i] << " for " << 2 * slopes[i]);
    BOOST_REQUIRE(near(adjoints[i], 2 * slopes[i], 1e-3));
    ++counts.slopes;
  }
  if (adjoint.reads_output()) ++counts.from_output;
}

Counts check_programs(unsigned seed, int inputs, int length, int programs) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-4, 4);
  Counts counts;
  for (int n = 0; n < programs; ++n) {
    BOOST_TEST_CONTEXT("program " << n << " of length " << length) {
      Program program(random, inputs, length);
      const Formula f = program.simplified();
      const Adjoint adjoint = expr::differentiate(f, (1U << inputs) - 1);
      if (f.size == 0 || adjoint.formula.size == 0) continue;  // too long
      for (int k = 0; k < 12; ++k) {
        std::vector<double> x(static_cast<std::size_t>(inputs));
        for (double& v : x) v = uniform(random);
        check_at(program, f, adjoint, x, counts);
      }
    }
  }
  BOOST_TEST_MESSAGE(counts.values << " values, " << counts.slopes << " slopes, "
                                   << counts.from_output << " by the output");
  return counts;
}

}  // namespace

BOOST_AUTO_TEST_CASE(programs_of_one_input) {
  for (int length = 1; length <= 12; ++length) {
    const Counts counts = check_programs(static_cast<unsigned>(length), 1, length, 500);
    BOOST_TEST(counts.values >= 3000);
    BOOST_TEST(counts.from_output >= 200);
  }
}

BOOST_AUTO_TEST_CASE(programs_of_three_inputs) {
  for (const int length : {2, 4, 8, 16}) {
    const Counts counts = check_programs(static_cast<unsigned>(100 + length), 3, length, 300);
    BOOST_TEST(counts.values >= 1000);
    BOOST_TEST(counts.from_output >= 50);
  }
}
