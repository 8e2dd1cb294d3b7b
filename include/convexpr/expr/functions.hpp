// The functions that elementwise functions are written with: `cx::exp(x)`, `cx::select(x > 0, a, b)`.
//
// `sigmoid`, `tanh` and `softplus` are layers to users, and can be called as functions there; what
// they call stands here in namespace expr alone.
#pragma once

#include <convexpr/expr/expression.hpp>

namespace convexpr::expr {

// clang-format off
/// e to the power of x. Infinite from 88.7 on.
template <class X> constexpr auto exp(X&& x) { return combine<Op::exp, X>(x); }
/// exp(x) - 1, exact near 0 too.
template <class X> constexpr auto expm1(X&& x) { return combine<Op::expm1, X>(x); }
/// The natural logarithm.
template <class X> constexpr auto log(X&& x) { return combine<Op::log, X>(x); }
/// log(1 + x), exact near 0 too.
template <class X> constexpr auto log1p(X&& x) { return combine<Op::log1p, X>(x); }
template <class X> constexpr auto sqrt(X&& x) { return combine<Op::sqrt, X>(x); }
/// 1 / sqrt(x)
template <class X> constexpr auto rsqrt(X&& x) { return combine<Op::rsqrt, X>(x); }
/// The error function: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
template <class X> constexpr auto erf(X&& x) { return combine<Op::erf, X>(x); }
/// |x|; its slope at 0 is 0.
template <class X> constexpr auto abs(X&& x) { return combine<Op::absolute, X>(x); }
/// x * x
template <class X> constexpr auto square(X&& x) { return combine<Op::square, X>(x); }
template <class X> constexpr auto tanh(X&& x) { return combine<Op::tanh, X>(x); }
/// 1 / (1 + exp(-x))
template <class X> constexpr auto sigmoid(X&& x) { return combine<Op::sigmoid, X>(x); }
/// log(1 + exp(x))
template <class X> constexpr auto softplus(X&& x) { return combine<Op::softplus, X>(x); }
// clang-format on

/// The smaller of two. Where they are equal each has half the slope, and none if one is a number.
template <class A, class B>
constexpr auto min(A&& a, B&& b) {
  return combine<Op::minimum, A, B>(a, b);
}

/// The larger of two. Where they are equal each has half the slope, and none if one is a number.
template <class A, class B>
constexpr auto max(A&& a, B&& b) {
  return combine<Op::maximum, A, B>(a, b);
}

namespace detail {

template <class Found>
inline constexpr Refusal no_condition{
    "an elementwise function", "elementwise: select chooses by a comparison", described<Found>(),
    "a comparison, such as x > 0", "write x != 0 where a number stands for a condition"};

template <class Found>
inline constexpr Refusal no_exponent{"an elementwise function",
                                     "elementwise: the exponent of pow must be a number",
                                     described<Found>(), "a number, such as 3 or 0.75",
                                     "write exp(b * log(a)) for a > 0 to the power of b"};

}  // namespace detail

/// x to the power of a number.
///
/// Errors     while compiling: the exponent is no number
template <class X, class Exponent>
constexpr auto pow(X&& x, const Exponent& exponent) {
  insist_on_operands<X>();
  if constexpr (IsNumber<Exponent>) {
    return Apply<Op::pow, decltype(operand(x))>(operand(x), static_cast<float>(exponent));
  } else {
    static_cast<void>(convexpr::detail::Insist<detail::no_exponent<Exponent>>{});
    return operand(x);
  }
}

/// a where the condition holds, b elsewhere. Both are computed; a slope comes from the one chosen.
///
/// Errors     while compiling: the first argument is no comparison
template <class C, class A, class B>
constexpr auto select(const C& condition, A&& a, B&& b) {
  using Chosen = Apply<Op::select, C, decltype(operand(a)), decltype(operand(b))>;
  insist_on_operands<A, B>();
  if constexpr (IsCondition<C>) {
    return Chosen(condition, operand(a), operand(b));
  } else {
    static_cast<void>(convexpr::detail::Insist<detail::no_condition<C>>{});
    return operand(a);
  }
}

}  // namespace convexpr::expr

namespace convexpr {

using expr::abs;
using expr::erf;
using expr::exp;
using expr::expm1;
using expr::log;
using expr::log1p;
using expr::max;
using expr::min;
using expr::pow;
using expr::rsqrt;
using expr::select;
using expr::sqrt;
using expr::square;

}  // namespace convexpr
