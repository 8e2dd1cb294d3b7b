// A formula and its slopes in double precision, one instruction after the other: what vectors are
// compared with.
#pragma once

#include <cmath>
#include <convexpr/expr/formula.hpp>
#include <span>
#include <stdexcept>
#include <vector>

namespace reference {

using convexpr::expr::Formula;
using convexpr::expr::Instruction;
using convexpr::expr::Op;

inline double interpret(const Instruction& step, double a, double b, double c) {
  switch (step.op) {
    case Op::constant: return double{step.value};
    case Op::add: return a + b;
    case Op::subtract: return a - b;
    case Op::multiply: return a * b;
    case Op::divide: return a / b;
    case Op::negate: return -a;
    case Op::minimum: return b < a ? b : a;
    case Op::maximum: return b > a ? b : a;
    case Op::absolute: return std::abs(a);
    case Op::square: return a * a;
    case Op::exp: return std::exp(a);
    case Op::expm1: return std::expm1(a);
    case Op::log: return std::log(a);
    case Op::log1p: return std::log1p(a);
    case Op::sqrt: return std::sqrt(a);
    case Op::rsqrt: return 1 / std::sqrt(a);
    case Op::tanh: return std::tanh(a);
    case Op::sigmoid: return 1 / (1 + std::exp(-a));
    case Op::softplus: return std::log1p(std::exp(a));
    case Op::erf: return std::erf(a);
    case Op::pow: return std::pow(a, double{step.value});
    case Op::multiply_add: return a * b + c;
    case Op::gate: return a / (1 + std::exp(-b));
    case Op::less: return a < b ? 1 : 0;
    case Op::less_equal: return a <= b ? 1 : 0;
    case Op::equal: return a == b ? 1 : 0;
    case Op::both: return a != 0 && b != 0 ? 1 : 0;
    case Op::either: return a != 0 || b != 0 ? 1 : 0;
    case Op::no: return a == 0 ? 1 : 0;
    case Op::select: return a != 0 ? b : c;
    default: throw std::logic_error("the oracle does not know this operation");
  }
}

/// The values of all instructions of a function of `inputs`, into `values`.
inline void interpret(const Formula& f, std::span<const double> inputs, double* values) {
  for (int k = 0; k < f.size; ++k) {
    const Instruction& step = f.code[k];
    if (step.op != Op::input) {
      values[k] = interpret(step, values[step.a], values[step.b], values[step.c]);
    } else if (step.a < inputs.size()) {
      values[k] = inputs[step.a];
    } else {
      throw std::out_of_range("a formula reads an input that is not there");
    }
  }
}

/// The results of a function.
inline std::vector<double> interpret(const Formula& f, const std::vector<double>& inputs) {
  double values[convexpr::expr::most_instructions]{};
  interpret(f, inputs, values);
  std::vector<double> results;
  for (int r = 0; r < f.result_count; ++r) results.push_back(values[f.results[r]]);
  return results;
}

/// The slopes of one instruction along what it reads.
struct Partials {
  double a = 0;
  double b = 0;
  double c = 0;
};

/// Where two meet the slope is shared, but a bound that is a constant takes all of it.
inline Partials partials_of_extreme(bool bounded, double a, double b, bool takes_b) {
  if (a == b) return bounded ? Partials{} : Partials{0.5, 0.5, 0};
  return takes_b ? Partials{0, 1, 0} : Partials{1, 0, 0};
}

/// Those of instruction k, where a function has these values.
inline Partials partials(const Formula& f, int k, const double* values) {
  const Instruction& step = f.code[k];
  const double a = values[step.a];
  const double b = values[step.b];
  const double v = values[k];
  const bool bounded = f.code[step.a].op == Op::constant || f.code[step.b].op == Op::constant;
  switch (step.op) {
    case Op::add: return {1, 1, 0};
    case Op::subtract: return {1, -1, 0};
    case Op::multiply: return {b, a, 0};
    case Op::divide: return {1 / b, -a / (b * b), 0};
    case Op::negate: return {-1, 0, 0};
    case Op::minimum: return partials_of_extreme(bounded, a, b, b < a);
    case Op::maximum: return partials_of_extreme(bounded, a, b, b > a);
    case Op::absolute: return {a > 0 ? 1.0 : a < 0 ? -1.0 : 0.0, 0, 0};
    case Op::square: return {2 * a, 0, 0};
    case Op::exp: return {v, 0, 0};
    case Op::expm1: return {std::exp(a), 0, 0};
    case Op::log: return {1 / a, 0, 0};
    case Op::log1p: return {1 / (1 + a), 0, 0};
    case Op::sqrt: return {1 / (2 * v), 0, 0};
    case Op::rsqrt: return {-v / (2 * a), 0, 0};
    case Op::tanh: return {1 - v * v, 0, 0};
    case Op::sigmoid: return {v / (1 + std::exp(a)), 0, 0};
    case Op::softplus: return {1 / (1 + std::exp(-a)), 0, 0};
    case Op::erf: return {2 / std::sqrt(std::acos(-1.0)) * std::exp(-a * a), 0, 0};
    case Op::pow: return {double{step.value} * std::pow(a, double{step.value} - 1), 0, 0};
    case Op::multiply_add: return {b, a, 1};
    case Op::gate: return {1 / (1 + std::exp(-b)), v / (1 + std::exp(b)), 0};
    case Op::select: return a != 0 ? Partials{0, 1, 0} : Partials{0, 0, 1};
    default: return {};
  }
}

/// The slopes of a function's first result along its inputs, by the chain rule on numbers. Where it
/// has a corner they are PyTorch's, as derivative.hpp has them.
inline std::vector<double> slopes(const Formula& f, const std::vector<double>& inputs) {
  double values[convexpr::expr::most_instructions]{};
  double adjoints[convexpr::expr::most_instructions]{};
  interpret(f, inputs, values);
  std::vector<double> result(inputs.size(), 0.0);
  adjoints[f.results[0]] = 1;
  for (int k = f.size - 1; k >= 0; --k) {
    const double adjoint = adjoints[k];
    if (adjoint == 0) continue;  // of an arm that is not chosen, whose slope may be infinite
    const Instruction& step = f.code[k];
    if (step.op == Op::input) {
      result[step.a] += adjoint;
    } else if (step.op != Op::constant) {
      const Partials p = partials(f, k, values);
      adjoints[step.a] += adjoint * p.a;
      if (p.b != 0) adjoints[step.b] += adjoint * p.b;
      if (p.c != 0) adjoints[step.c] += adjoint * p.c;
    }
  }
  return result;
}

}  // namespace reference
