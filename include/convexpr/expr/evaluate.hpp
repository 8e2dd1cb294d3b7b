// Computes a formula on vectors, in registers.
//
// The program is a template argument and is unrolled instruction by instruction, each with its
// operands at constant places: what is left is what one would have written by hand.
#pragma once

#include <array>
#include <convexpr/expr/formula.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <utility>

namespace convexpr::expr {

/// One vector for each input of a function, or for each result.
template <int Count>
using Vectors = std::array<simd::Vector, std::size_t{Count}>;

/// The values of a function at vectors of inputs.
///
/// Accuracy   of each operation what simd/vector.hpp says; sigmoid within 2e-7, softplus within 2 ulp
///            from -87 on
template <Formula F>
CONVEXPR_INLINE Vectors<F.result_count> evaluate(const Vectors<F.input_count>& inputs);

namespace detail {

template <Op O>
CONVEXPR_INLINE simd::Vector function_of(simd::Vector a) {
  const simd::Vector one = simd::broadcast(1.0F);
  if constexpr (O == Op::negate) return -a;
  if constexpr (O == Op::absolute) return simd::abs(a);
  if constexpr (O == Op::square) return a * a;
  if constexpr (O == Op::exp) return simd::exp(a);
  if constexpr (O == Op::expm1) return simd::expm1(a);
  if constexpr (O == Op::log) return simd::log(a);
  if constexpr (O == Op::log1p) return simd::log1p(a);
  if constexpr (O == Op::sqrt) return simd::sqrt(a);
  if constexpr (O == Op::rsqrt) return one / simd::sqrt(a);
  if constexpr (O == Op::tanh) return simd::tanh(a);
  if constexpr (O == Op::sigmoid) return one / (one + simd::exp(-a));
  if constexpr (O == Op::erf) return simd::erf(a);
  if constexpr (O == Op::softplus) {  // exp(a) alone would be infinite from 89 on
    return simd::max(simd::zero(), a) + simd::log1p(simd::exp(-simd::abs(a)));
  }
}

template <Op O>
CONVEXPR_INLINE simd::Vector combination_of(simd::Vector a, simd::Vector b) {
  if constexpr (O == Op::add) return a + b;
  if constexpr (O == Op::subtract) return a - b;
  if constexpr (O == Op::multiply) return a * b;
  if constexpr (O == Op::divide) return a / b;
  if constexpr (O == Op::minimum) return simd::min(a, b);
  if constexpr (O == Op::maximum) return simd::max(a, b);
}

template <Op O>
CONVEXPR_INLINE simd::Mask comparison_of(simd::Vector a, simd::Vector b) {
  if constexpr (O == Op::less) return a < b;
  if constexpr (O == Op::less_equal) return a <= b;
  if constexpr (O == Op::equal) return a == b;
}

/// The values so far: what gives a condition has a mask and no vector. Both are registers once all
/// is inlined, for every place is a constant.
template <int Size>
struct Values {
  simd::Vector numbers[Size];
  simd::Mask conditions[Size];
};

/// Computes one instruction, the one at `place`.
template <Instruction S, int Size>
CONVEXPR_INLINE void compute(Values<Size>& values, int place, const simd::Vector* inputs) {
  auto& x = values.numbers;
  auto& holds = values.conditions;
  if constexpr (S.op == Op::input) {
    x[place] = inputs[S.a];
  } else if constexpr (S.op == Op::constant) {
    x[place] = simd::broadcast(S.value);
  } else if constexpr (S.op == Op::select) {
    x[place] = simd::select(holds[S.a], x[S.b], x[S.c]);
  } else if constexpr (S.op == Op::multiply_add) {
    x[place] = simd::fma(x[S.a], x[S.b], x[S.c]);
  } else if constexpr (S.op == Op::gate) {
    const simd::Vector one = simd::broadcast(1.0F);
    x[place] = x[S.a] / (one + simd::exp(-x[S.b]));
  } else if constexpr (S.op == Op::pow) {
    x[place] = simd::pow(x[S.a], simd::broadcast(S.value));
  } else if constexpr (S.op == Op::both) {
    holds[place] = holds[S.a] && holds[S.b];
  } else if constexpr (S.op == Op::either) {
    holds[place] = holds[S.a] || holds[S.b];
  } else if constexpr (S.op == Op::no) {
    holds[place] = !holds[S.a];
  } else if constexpr (is_comparison(S.op)) {
    holds[place] = comparison_of<S.op>(x[S.a], x[S.b]);
  } else if constexpr (operand_count(S.op) == 2) {
    x[place] = combination_of<S.op>(x[S.a], x[S.b]);
  } else {
    x[place] = function_of<S.op>(x[S.a]);
  }
}

template <Formula F, std::size_t... I, std::size_t... R>
CONVEXPR_INLINE Vectors<F.result_count> evaluate(const Vectors<F.input_count>& inputs,
                                                 std::index_sequence<I...>,
                                                 std::index_sequence<R...>) {
  Values<F.size> values;
  (compute<F.code[I]>(values, int{I}, inputs.data()), ...);
  return {values.numbers[F.results[R]]...};
}

}  // namespace detail

template <Formula F>
CONVEXPR_INLINE Vectors<F.result_count> evaluate(const Vectors<F.input_count>& inputs) {
  return detail::evaluate<F>(inputs, std::make_index_sequence<std::size_t{F.size}>{},
                             std::make_index_sequence<std::size_t{F.result_count}>{});
}

}  // namespace convexpr::expr
