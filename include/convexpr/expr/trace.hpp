// Calls an elementwise function with symbols, while compiling, and takes down what it computes.
//
// From here on a function is a value: formula.hpp says what it looks like.
#pragma once

#include <convexpr/expr/expression.hpp>
#include <convexpr/expr/formula_builder.hpp>
#include <convexpr/meta/refusal.hpp>
#include <span>
#include <type_traits>
#include <utility>

namespace convexpr::expr {

/// What a function computes, or why it cannot be taken down: the formula then has no instructions.
struct Traced {
  Formula formula;
  Refusal refusal;
};

namespace detail {

template <class Leaf>
inline constexpr Refusal no_symbol{
    "an elementwise function", "elementwise: a function of symbols cannot read a tensor",
    "a tensor within the function", "arguments, and numbers that are known while compiling",
    "let the tensor be another argument of the function"};

/// Flattens expressions of arguments and numbers into a program.
struct ArgumentVisitor {
  FormulaBuilder builder;

  template <int I>
  constexpr int leaf(const Argument<I>&) {
    return builder.input(I);
  }
  constexpr int leaf(const Number& number) { return builder.number(number.value); }
  template <class Leaf>
  constexpr int leaf(const Leaf&) {
    static_cast<void>(convexpr::detail::Insist<no_symbol<Leaf>>{});
    return 0;
  }
  constexpr int emit(Op op, int a, int b = 0, int c = 0, float value = 0) {
    return builder.emit(op, a, b, c, value);
  }
  constexpr int include(const Formula& f, std::span<const int> inputs) {
    return builder.include(f, inputs);
  }
};

constexpr Refusal refused(Sentence fact, Sentence got, Sentence wanted, Sentence hint) {
  return {"an elementwise function", fact, got, wanted, hint};
}

constexpr Refusal other_argument_count(int arguments) {
  return refused("elementwise: the function must take as many arguments as there are inputs",
                 "a function that cannot be called so",
                 Sentence() << arguments << (arguments == 1 ? " argument" : " arguments"),
                 "write a lambda such as [](auto x) { ... }, with one auto for each input");
}

template <class Found>
constexpr Refusal no_result() {
  if (IsCondition<Found>) {
    return refused("elementwise: the function must return a number for each element",
                   "a comparison", "an expression or a number", "write select(x > 0, 1, 0)");
  }
  return refused("elementwise: the function must return a number for each element",
                 std::is_void_v<Found> ? Sentence("nothing") : described<Found>(),
                 "an expression or a number", "return what is to be computed, as in return 2 * x;");
}

constexpr Refusal too_long() {
  return refused("elementwise: the function has too many operations", "more than fit a formula",
                 Sentence() << "at most " << most_instructions << " after simplification",
                 "write two functions, one after the other");
}

template <auto F, int... I>
constexpr Traced trace(std::integer_sequence<int, I...>) {
  if constexpr (!requires { F(Argument<I>{}...); }) {
    return {Formula{}, other_argument_count(sizeof...(I))};
  } else {
    using Result = std::remove_cvref_t<decltype(F(Argument<I>{}...))>;
    if constexpr (!IsOperand<Result>) {
      return {Formula{}, no_result<Result>()};
    } else {
      ArgumentVisitor visitor;
      (static_cast<void>(visitor.builder.input(I)), ...);  // those that are not read count, too
      const int y = operand(F(Argument<I>{}...)).flatten(visitor);
      const Formula formula = visitor.builder.finish(y);
      return {formula, visitor.builder.overflowed() ? too_long() : Refusal{}};
    }
  }
}

}  // namespace detail

/// Takes down a function of symbols.
///
/// F          a lambda that captures nothing, or another function object that is a constant
///
/// Errors     as a value, `refusal`: the function takes another number of arguments, returns no
///            expression or number, or is too long; while compiling: what it does with its
///            arguments cannot be an expression (expression.hpp)
template <auto F, int Arguments>
constexpr Traced trace() {
  static_assert(Arguments >= 0 && Arguments <= most_inputs);
  return detail::trace<F>(std::make_integer_sequence<int, Arguments>{});
}

namespace detail {

template <auto F, int... I>
auto called(std::integer_sequence<int, I...>) -> decltype(F(Argument<I>{}...));

template <auto F, int Arguments>
inline constexpr Traced traced = expr::trace<F, Arguments>();
template <auto F, int Arguments>
inline constexpr Refusal refusal_of = traced<F, Arguments>.refusal;

}  // namespace detail

/// The formula of a function of symbols.
///
/// Errors     while compiling: those of `trace`
template <auto F, int Arguments>
constexpr const Formula& formula_of() {
  // Meets the function first, so that GCC has a short way to tell from here to the words in it.
  static_cast<void>(requires { detail::called<F>(std::make_integer_sequence<int, Arguments>{}); });
  static_cast<void>(convexpr::detail::Insist<detail::refusal_of<F, Arguments>>{});
  return detail::traced<F, Arguments>.formula;
}

}  // namespace convexpr::expr
