// What an operation makes of numbers that are known while compiling.
#pragma once

#include <convexpr/expr/op.hpp>
#include <limits>
#include <optional>

namespace convexpr::expr {

namespace detail {

/// Within one unit of the last place of a double, for a >= 0.
constexpr double square_root(double a) {
  if (a == 0) return 0;
  double root = a > 1 ? a : 1;
  for (double next = (root + a / root) / 2; next < root; next = (root + a / root) / 2) root = next;
  return root;
}

/// The functions where their value is a number that every implementation gives.
constexpr std::optional<double> folded_function(Op op, double a, double exponent) {
  switch (op) {
    case Op::exp: return a == 0 ? std::optional(1.0) : std::nullopt;
    case Op::expm1:
    case Op::log1p:
    case Op::tanh:
    case Op::erf: return a == 0 ? std::optional(0.0) : std::nullopt;
    case Op::log: return a == 1 ? std::optional(0.0) : std::nullopt;
    case Op::sigmoid: return a == 0 ? std::optional(0.5) : std::nullopt;
    case Op::sqrt: return a >= 0 ? std::optional(square_root(a)) : std::nullopt;
    case Op::rsqrt: return a > 0 ? std::optional(1 / square_root(a)) : std::nullopt;
    case Op::pow: return a == 0 && exponent > 0 ? std::optional(0.0) : std::nullopt;
    default: return std::nullopt;
  }
}

constexpr std::optional<double> folded_exactly(Op op, double a, double b, double c) {
  switch (op) {
    case Op::add: return a + b;
    case Op::subtract: return a - b;
    case Op::multiply: return a * b;
    case Op::divide: return b != 0 ? std::optional(a / b) : std::nullopt;
    case Op::negate: return -a;
    case Op::minimum: return a < b ? a : b;
    case Op::maximum: return a > b ? a : b;
    case Op::absolute: return a < 0 ? -a : a;
    case Op::square: return a * a;
    case Op::less: return a < b;
    case Op::less_equal: return a <= b;
    case Op::equal: return a == b;
    case Op::both: return a != 0 && b != 0;
    case Op::either: return a != 0 || b != 0;
    case Op::no: return a == 0;
    case Op::select: return a != 0 ? b : c;
    default: return std::nullopt;
  }
}

constexpr bool is_finite(double v) {
  constexpr double largest = std::numeric_limits<float>::max();
  return v >= -largest && v <= largest;
}

}  // namespace detail

/// The value of an operation on numbers; a condition is 1 or 0. Nothing where it is infinite, no
/// number, or known to a library at run time only.
///
/// Computed in double, which gives the float that float arithmetic gives: of sums, products,
/// quotients and roots a double has the digits to spare.
constexpr std::optional<float> fold(Op op, float a, float b, float c, float exponent) {
  if (!detail::is_finite(a) || !detail::is_finite(b) || !detail::is_finite(c)) return std::nullopt;
  std::optional<double> v = detail::folded_exactly(op, a, b, c);
  if (!v) v = detail::folded_function(op, a, exponent);
  if (!v || !detail::is_finite(*v)) return std::nullopt;
  return *v == 0 ? 0.0F : static_cast<float>(*v);  // one zero, without a sign
}

}  // namespace convexpr::expr
