// An elementwise function as a value: a program without branches, one operation an instruction.
//
// A `Formula` is what remains of a function once it has been called with symbols (trace.hpp): it
// can be a template argument, passes join several into one (formula_builder.hpp), its derivative is
// another one (derivative.hpp), and kernels compute it in registers (evaluate.hpp).
#pragma once

#include <bit>
#include <convexpr/expr/fold.hpp>
#include <convexpr/expr/op.hpp>
#include <cstdint>

namespace convexpr::expr {

inline constexpr int most_instructions = 96;
inline constexpr int most_inputs = 24;
inline constexpr int most_results = 24;

/// An operation and what it reads: earlier instructions, by position.
struct Instruction {
  Op op = Op::input;
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  std::uint8_t c = 0;
  float value = 0;

  constexpr int operand(int i) const { return i == 0 ? a : i == 1 ? b : c; }

  /// The same as template arguments: numbers are compared by their bits.
  friend constexpr bool operator==(const Instruction& p, const Instruction& q) {
    return p.op == q.op && p.a == q.a && p.b == q.b && p.c == q.c &&
           std::bit_cast<std::uint32_t>(p.value) == std::bit_cast<std::uint32_t>(q.value);
  }
};

/// A function of some inputs with one or more results.
///
/// Ensures    as FormulaBuilder::finish gives it: every instruction is read; what is not used of the
///            arrays is zero, so that equal programs are equal template arguments
struct Formula {
  Instruction code[most_instructions]{};
  int size = 0;
  int input_count = 0;
  int results[most_results]{};
  int result_count = 0;

  friend constexpr bool operator==(const Formula&, const Formula&) = default;
};

/// Whether some result depends on input i.
constexpr bool reads(const Formula& f, int i) {
  for (int k = 0; k < f.size; ++k) {
    if (f.code[k].op == Op::input && f.code[k].a == i) return true;
  }
  return false;
}

/// Whether it is y = x.
constexpr bool is_identity(const Formula& f) {
  return f.size == 1 && f.input_count == 1 && f.result_count == 1 && reads(f, 0);
}

/// Whether a copy of its code for every register of a tile is worth having: nothing that takes tens
/// of instructions, one division at the most, few operations.
constexpr bool few_instructions(const Formula& f) {
  int operations = 0;
  int divisions = 0;
  for (int k = 0; k < f.size; ++k) {
    const Op op = f.code[k].op;
    if (is_transcendental(op)) return false;
    if (is_division(op)) ++divisions;
    if (operand_count(op) > 0) ++operations;
  }
  return divisions <= 1 && operations <= 8;
}

namespace detail {

/// What is known of a value: the value itself, that it is finite, or nothing.
struct Known {
  enum class Degree : unsigned char { nothing, finite, exact };
  Degree degree = Degree::nothing;
  float value = 0;

  constexpr bool is_exact() const { return degree == Degree::exact; }
};

/// What is known of an operation that has no exact value.
constexpr Known roughly(Op op, const Known& a, const Known& b) {
  using enum Known::Degree;
  const bool zero = (a.is_exact() && a.value == 0) || (b.is_exact() && b.value == 0);
  bool is_finite = false;
  switch (op) {
    case Op::gate:
      if (a.is_exact() && a.value == 0 && b.degree != nothing) return {exact, 0};
      break;
    case Op::multiply:
      if (zero && a.degree != nothing && b.degree != nothing) return {exact, 0};
      break;
    case Op::tanh:
    case Op::erf:
    case Op::sigmoid:
    case Op::negate:
    case Op::absolute: is_finite = a.degree != nothing; break;
    case Op::minimum:
    case Op::maximum: is_finite = a.degree != nothing && b.degree != nothing; break;
    case Op::exp:
    case Op::expm1:
    case Op::softplus: is_finite = a.is_exact() && a.value <= 80; break;
    case Op::log: is_finite = a.is_exact() && a.value > 0; break;
    case Op::log1p: is_finite = a.is_exact() && a.value > -1; break;
    default: break;
  }
  return {is_finite ? finite : nothing, 0};
}

constexpr Known known_of(const Instruction& step, const Known* earlier) {
  using enum Known::Degree;
  if (step.op == Op::input) return {exact, 0};
  if (step.op == Op::constant) return {exact, step.value};
  const int operands = operand_count(step.op);
  const Known a = earlier[step.a];
  const Known b = operands > 1 ? earlier[step.b] : Known{exact, 0};
  const Known c = operands > 2 ? earlier[step.c] : Known{exact, 0};
  if (step.op == Op::select) return a.is_exact() ? (a.value != 0 ? b : c) : Known{};
  if (step.op == Op::multiply_add) {
    if (!c.is_exact()) return {};
    const auto product = fold(Op::multiply, a.value, b.value, 0, 0);
    const Known rough = roughly(Op::multiply, a, b);
    if (!a.is_exact() || !b.is_exact()) return rough.is_exact() ? c : Known{};
    const auto sum = product ? fold(Op::add, *product, c.value, 0, 0) : product;
    return sum ? Known{exact, *sum} : Known{};
  }
  if (a.is_exact() && b.is_exact() && c.is_exact()) {
    if (const auto v = fold(step.op, a.value, b.value, c.value, step.value)) return {exact, *v};
  }
  return roughly(step.op, a, b);
}

}  // namespace detail

/// Whether every result is exactly 0 where every input is 0, as in the lanes that hold no channel.
/// No, too, where that cannot be told.
constexpr bool zero_at_zero(const Formula& f) {
  detail::Known known[most_instructions]{};
  for (int k = 0; k < f.size; ++k) known[k] = detail::known_of(f.code[k], known);
  for (int r = 0; r < f.result_count; ++r) {
    const detail::Known& result = known[f.results[r]];
    if (!result.is_exact() || result.value != 0) return false;
  }
  return true;
}

}  // namespace convexpr::expr
