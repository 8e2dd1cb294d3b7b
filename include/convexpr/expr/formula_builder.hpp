// Writes formulas: every operation is simplified and numbered as it is written.
//
// Equal operations get one number, so what a function says twice is computed once, and a derivative
// meets the values of its function again. The rules are in simplify.hpp.
#pragma once

#include <array>
#include <concepts>
#include <convexpr/expr/fold.hpp>
#include <convexpr/expr/formula.hpp>
#include <convexpr/expr/simplify.hpp>
#include <span>

namespace convexpr::expr {

/// A formula in the making. Instructions are named by the numbers that its functions return.
class FormulaBuilder {
 public:
  /// More than a formula holds: what is read no more is dropped at the end.
  static constexpr int capacity = 255;

  constexpr int input(int i) {
    if (i >= input_count_) input_count_ = i + 1;
    return append({Op::input, static_cast<std::uint8_t>(i), 0, 0, 0});
  }
  constexpr int number(float v) {
    return append({Op::constant, 0, 0, 0, v == 0 ? 0 : v});  // one zero, without a sign
  }
  /// The number of an operation on earlier values, or of what it simplifies to.
  constexpr int emit(Op op, int a, int b = 0, int c = 0, float value = 0);
  /// Writes a whole formula, with the given values for its inputs: how functions are composed.
  constexpr std::array<int, most_results> include_all(const Formula& f,
                                                      std::span<const int> inputs);
  /// The first of its results.
  constexpr int include(const Formula& f, std::span<const int> inputs) {
    return include_all(f, inputs)[0];
  }

  constexpr int size() const { return size_; }
  constexpr const Instruction& operator[](int i) const { return code_[i]; }
  constexpr bool is_number(int i) const { return code_[i].op == Op::constant; }
  constexpr bool is_number(int i, float v) const { return is_number(i) && code_[i].value == v; }
  /// Whether more was written than fits: what was finished then computes nothing.
  constexpr bool overflowed() const { return overflowed_; }

  /// The formula with these results: without what they do not depend on, with each product that only
  /// a sum reads taken into it, and each sigmoid that only a product reads.
  constexpr Formula finish(std::span<const int> results);
  template <std::same_as<int>... Results>
  constexpr Formula finish(Results... results) {
    const int all[] = {results...};
    return finish(std::span<const int>(all));
  }

 private:
  struct Reads {
    int of[capacity + 1]{};
  };

  constexpr int append(const Instruction& wanted);
  constexpr Reads count_reads(std::span<const int> results) const;
  constexpr Instruction fused(int i, Reads& reads) const;

  Instruction code_[capacity + 1]{};
  int size_ = 0;
  int input_count_ = 0;
  bool overflowed_ = false;
};

constexpr int FormulaBuilder::append(const Instruction& wanted) {
  for (int i = 0; i < size_; ++i) {
    if (code_[i] == wanted) return i;
  }
  if (size_ == capacity) {
    overflowed_ = true;
    return 0;
  }
  code_[size_] = wanted;
  return size_++;
}

constexpr int FormulaBuilder::emit(Op op, int a, int b, int c, float value) {
  if (overflowed_) return 0;
  const int operands = operand_count(op);
  const bool constant =
      is_number(a) && (operands < 2 || is_number(b)) && (operands < 3 || is_number(c));
  if (constant) {
    const auto v = fold(op, code_[a].value, operands > 1 ? code_[b].value : 0,
                        operands > 2 ? code_[c].value : 0, value);
    if (v) return number(*v);
  }
  const int simpler = detail::Simplifier<FormulaBuilder>(*this).simplified(op, a, b, c, value);
  if (simpler != detail::Simplifier<FormulaBuilder>::none) return simpler;
  // Constants stand first, so that a NaN in the second operand of a minimum or maximum is seen.
  const bool swapped = is_commutative(op) && (is_number(a) == is_number(b) ? b < a : is_number(b));
  const auto first = static_cast<std::uint8_t>(swapped ? b : a);
  const auto second = static_cast<std::uint8_t>(operands < 2 ? 0 : swapped ? a : b);
  const auto third = static_cast<std::uint8_t>(operands < 3 ? 0 : c);
  return append({op, first, second, third, value});
}

constexpr std::array<int, most_results> FormulaBuilder::include_all(const Formula& f,
                                                                    std::span<const int> inputs) {
  int at[most_instructions]{};
  for (int k = 0; k < f.size; ++k) {
    const Instruction& step = f.code[k];
    if (step.op == Op::input) {
      at[k] = inputs[step.a];
    } else if (step.op == Op::constant) {
      at[k] = number(step.value);
    } else {
      at[k] = emit(step.op, at[step.a], at[step.b], at[step.c], step.value);
    }
  }
  std::array<int, most_results> results{};
  for (int r = 0; r < f.result_count; ++r) results[static_cast<std::size_t>(r)] = at[f.results[r]];
  return results;
}

constexpr FormulaBuilder::Reads FormulaBuilder::count_reads(std::span<const int> results) const {
  Reads reads;
  for (const int r : results) ++reads.of[r];
  for (int i = size_ - 1; i >= 0; --i) {
    if (reads.of[i] == 0) continue;
    for (int k = 0; k < operand_count(code_[i].op); ++k) ++reads.of[code_[i].operand(k)];
  }
  return reads;
}

/// Instruction i: a sum with the product that it alone reads, a product with the sigmoid that it
/// alone reads, which then are read by nobody.
constexpr Instruction FormulaBuilder::fused(int i, Reads& reads) const {
  const Instruction& step = code_[i];
  if (step.op == Op::multiply) {
    const bool first = code_[step.a].op == Op::sigmoid;
    const std::uint8_t sigmoid = first ? step.a : step.b;
    if (code_[sigmoid].op != Op::sigmoid || reads.of[sigmoid] != 1) return step;
    reads.of[sigmoid] = 0;
    return {Op::gate, first ? step.b : step.a, code_[sigmoid].a, 0, 0};
  }
  if (step.op != Op::add) return step;
  for (const bool first : {true, false}) {
    const int product = first ? step.a : step.b;
    const Instruction& factors = code_[product];
    if (reads.of[product] != 1) continue;
    if (factors.op != Op::multiply && factors.op != Op::square) continue;
    reads.of[product] = 0;
    const std::uint8_t other = factors.op == Op::square ? factors.a : factors.b;
    return {Op::multiply_add, factors.a, other, first ? step.b : step.a, 0};
  }
  return step;
}

constexpr Formula FormulaBuilder::finish(std::span<const int> results) {
  Reads reads = count_reads(results);
  Instruction steps[capacity + 1]{};
  for (int i = size_ - 1; i >= 0; --i) {
    if (reads.of[i] > 0) steps[i] = fused(i, reads);
  }
  Formula f;
  std::uint8_t place[capacity + 1]{};
  for (int i = 0; i < size_; ++i) {
    if (reads.of[i] == 0) continue;
    if (f.size == most_instructions) overflowed_ = true;
    if (overflowed_) return Formula{};
    Instruction& step = f.code[f.size] = steps[i];
    const int operands = operand_count(step.op);
    if (operands > 0) step.a = place[step.a];
    if (operands > 1) step.b = place[step.b];
    if (operands > 2) step.c = place[step.c];
    place[i] = static_cast<std::uint8_t>(f.size++);
  }
  f.input_count = input_count_;
  for (const int r : results) f.results[f.result_count++] = place[r];
  return f;
}

}  // namespace convexpr::expr
