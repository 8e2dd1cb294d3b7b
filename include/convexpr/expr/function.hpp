// A formula as a type: what kernels take to know which function they apply.
#pragma once

#include <convexpr/expr/evaluate.hpp>

namespace convexpr::expr {

/// The instructions of a formula without the room for more: a short template argument.
template <int Size, int Results>
struct Program {
  Instruction code[Size]{};
  int input_count = 0;
  int results[Results]{};
  bool zero_at_zero = false;
  bool few_instructions = false;
  static constexpr int size = Size;
  static constexpr int result_count = Results;
};

/// The program of a formula that is a constant.
template <const Formula& F>
consteval auto program_of() {
  Program<F.size, F.result_count> p;
  for (int k = 0; k < F.size; ++k) p.code[k] = F.code[k];
  for (int k = 0; k < F.result_count; ++k) p.results[k] = F.results[k];
  p.input_count = F.input_count;
  p.zero_at_zero = zero_at_zero(F);
  p.few_instructions = few_instructions(F);
  return p;
}

/// An elementwise function, evaluated in registers.
///
///     zero_at_zero       whether zeros give zeros, as in the lanes that hold no channel
///     few_instructions   true where a copy of its code for every register of a tile is worth having
template <auto P>
struct Function {
  static constexpr int inputs = P.input_count;
  static constexpr int results = P.result_count;
  static constexpr bool zero_at_zero = P.zero_at_zero;
  static constexpr bool few_instructions = P.few_instructions;

  CONVEXPR_INLINE static Vectors<results> values(const Vectors<inputs>& xs) {
    return evaluate<P>(xs);
  }
  /// The value of a function of one input.
  CONVEXPR_INLINE static simd::Vector value(simd::Vector x)
    requires(inputs == 1)
  {
    return values({x})[0];
  }
};

/// y = x
struct Identity {
  static constexpr int inputs = 1;
  static constexpr int results = 1;
  static constexpr bool zero_at_zero = true;
  static constexpr bool few_instructions = true;
  static simd::Vector value(simd::Vector x) { return x; }
};

}  // namespace convexpr::expr
