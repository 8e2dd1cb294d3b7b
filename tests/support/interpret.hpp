// A formula in double precision, one instruction after the other: what vectors are compared with.
#pragma once

#include <cmath>
#include <convexpr/expr/formula.hpp>
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

/// The results of a function.
inline std::vector<double> interpret(const Formula& f, const std::vector<double>& inputs) {
  double values[convexpr::expr::most_instructions]{};
  for (int k = 0; k < f.size; ++k) {
    const Instruction& step = f.code[k];
    values[k] = step.op == Op::input
                    ? inputs.at(step.a)
                    : interpret(step, values[step.a], values[step.b], values[step.c]);
  }
  std::vector<double> results;
  for (int r = 0; r < f.result_count; ++r) results.push_back(values[f.results[r]]);
  return results;
}

}  // namespace reference
