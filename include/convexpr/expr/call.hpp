// A function of symbols, called with expressions: `cx::call<huber>(y - target)`.
//
// A lambda can be called with expressions as it is. But a tree repeats what its function uses twice,
// and over tensors that is read twice: `call` takes the function down first (trace.hpp), so that
// each operand stands in the tree once, and the numbers in the function are known while compiling.
#pragma once

#include <convexpr/expr/expression.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <convexpr/meta/real.hpp>
#include <cstddef>
#include <tuple>

namespace convexpr::expr {

/// A function of symbols on operands, which it holds.
///
/// `flatten` gives the formula to the visitor's `include`, with what the operands gave.
template <auto F, class... Operands>
struct Call final : Symbolic<Call<F, Operands...>> {
  std::tuple<Operands...> operands;

  constexpr explicit Call(const Operands&... x) : operands(x...) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return std::apply(
        [&](const auto&... x) {
          const int inputs[] = {x.flatten(visitor)...};  // braces: from left to right
          return visitor.include(formula_of<F, sizeof...(Operands)>(), inputs);
        },
        operands);
  }
};

/// F of the operands, each of which is read once, however often F uses it.
///
/// F          a lambda that captures nothing, with one `auto` for each operand
///
/// Errors     while compiling: those of `trace`; an operand that cannot be combined with expressions
template <auto F, class... X>
  requires(sizeof...(X) > 0)
constexpr auto call(X&&... x) {
  insist_on_operands<X...>();
  static_cast<void>(formula_of<F, sizeof...(X)>());
  return Call<F, std::remove_cvref_t<decltype(operand(x))>...>(operand(x)...);
}

namespace detail {

template <Real Exponent>
inline constexpr auto power_of = [](auto x) { return pow(x, Exponent.value); };

}  // namespace detail

/// x to the power of a number that is known while compiling: `pow<3>(x)`, of tensors too.
template <Real Exponent, class X>
constexpr auto pow(X&& x) {
  insist_on_operands<X>();
  return Call<detail::power_of<Exponent>, std::remove_cvref_t<decltype(operand(x))>>(operand(x));
}

}  // namespace convexpr::expr

namespace convexpr {

using expr::call;
using expr::pow;

}  // namespace convexpr
