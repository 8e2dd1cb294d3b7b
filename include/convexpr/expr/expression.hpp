// Expressions: what an elementwise function becomes when it is called with symbols.
//
// `x * cx::sigmoid(x) + 1` is a tree of types, and the numbers in it are members. Each leaf and each
// operation is flattened into a program at once (trace.hpp), so nobody has to walk the types. The
// operators are friends of two non-template bases: overload resolution meets them only where an
// expression or a condition is involved.
#pragma once

#include <concepts>
#include <convexpr/expr/op.hpp>
#include <convexpr/meta/refusal.hpp>
#include <convexpr/meta/type_name.hpp>
#include <type_traits>

namespace convexpr::expr {

struct Expression;
struct Condition;

/// A number that is known when the function runs.
template <class T>
concept IsExpression = std::derived_from<std::remove_cvref_t<T>, Expression>;
/// What comparing such numbers gives.
template <class T>
concept IsCondition = std::derived_from<std::remove_cvref_t<T>, Condition>;
/// A number that is known already.
template <class T>
concept IsNumber =
    std::is_arithmetic_v<std::remove_cvref_t<T>> && !std::same_as<std::remove_cvref_t<T>, bool>;

namespace detail {

/// What a type is, in a sentence.
template <class Found>
constexpr Sentence described() {
  if (IsCondition<Found>) return "a comparison";
  if (IsExpression<Found>) return "an expression";
  return type_name<Found>();
}

template <class Found>
inline constexpr Refusal no_operand{
    "an elementwise function", "elementwise: only expressions and numbers can be combined",
    described<Found>(), "an argument, what was computed from one, or a number",
    IsCondition<Found> ? "write select(condition, a, b) for a where it holds, b elsewhere"
                       : "let what differs from call to call be an argument of the function"};

template <class Found>
inline constexpr Refusal no_branch{
    "an elementwise function",
    "elementwise: a value is known only at run time, so that no branch can be taken on it",
    "a comparison used as a bool", "a function without branches on its arguments",
    "write select(x > 0, a, b) for x > 0 ? a : b; if, && with a bool and loops are branches, too"};

template <class Found>
inline constexpr Refusal no_plain_number{
    "an elementwise function",
    "elementwise: a value is known only at run time, so that it is no float or double",
    "an expression used as a number", "the functions that take expressions, and auto for results",
    "write cx::exp(x) for std::exp(x), and auto y = x for float y = x"};

}  // namespace detail

/// An operation on one, two or three operands, which it holds.
///
/// A tree: what is used twice stands in it twice, and is found to be one value when it is flattened.
/// So f(f(f(x))) with an f that uses its argument twice has eight leaves; layers one after another
/// are joined as programs and have three.
///
/// `flatten` writes it into a program: a visitor has `leaf`, which is called with each leaf, and
/// `emit(op, a, b, c)`, which is given what `leaf` and `emit` returned.
template <Op O, class... Operands>
struct Apply;

/// The operation on operands: trees as they are, numbers and what else is one as leaves.
///
/// T          the operands' types, a reference for an lvalue: A where the caller takes A&&
template <Op O, class... T>
constexpr auto combine(const std::remove_cvref_t<T>&... x);

/// The base of every expression: arithmetic and comparisons, with each other and with numbers.
///
/// Errors     while compiling: the other side is neither
struct Expression {
  // clang-format off
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator+(A&& a, B&& b) { return combine<Op::add, A, B>(a, b); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator-(A&& a, B&& b) { return combine<Op::subtract, A, B>(a, b); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator*(A&& a, B&& b) { return combine<Op::multiply, A, B>(a, b); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator/(A&& a, B&& b) { return combine<Op::divide, A, B>(a, b); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator<(A&& a, B&& b) { return combine<Op::less, A, B>(a, b); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator>(A&& a, B&& b) { return combine<Op::less, B, A>(b, a); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator<=(A&& a, B&& b) { return combine<Op::less_equal, A, B>(a, b); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator>=(A&& a, B&& b) { return combine<Op::less_equal, B, A>(b, a); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator==(A&& a, B&& b) { return combine<Op::equal, A, B>(a, b); }
  template <class A, class B> requires(IsExpression<A> || IsExpression<B>)
  friend constexpr auto operator!=(A&& a, B&& b) { return !combine<Op::equal, A, B>(a, b); }
  template <IsExpression A>
  friend constexpr auto operator-(const A& a) { return combine<Op::negate, A>(a); }
  template <IsExpression A>
  friend constexpr A operator+(const A& a) { return a; }
  // clang-format on
};

/// The base of every condition: they are joined, and choose in `select`; they are no numbers.
struct Condition {
  template <IsCondition A, IsCondition B>
  friend constexpr auto operator&&(const A& a, const B& b) {
    return Apply<Op::both, A, B>(a, b);
  }
  template <IsCondition A, IsCondition B>
  friend constexpr auto operator||(const A& a, const B& b) {
    return Apply<Op::either, A, B>(a, b);
  }
  template <IsCondition A>
  friend constexpr auto operator!(const A& a) {
    return Apply<Op::no, A>(a);
  }
};

/// An expression that a function can be written with. It is no number: C++ would take it for one
/// where it meets `std::exp` or an `if`, and there it is told so.
template <class Self>
struct Symbolic : Expression {
  constexpr operator double() const {  // NOLINT: for the words
    static_cast<void>(convexpr::detail::Insist<detail::no_plain_number<Self>>{});
    return 0;
  }
};

/// A condition, likewise.
template <class Self>
struct SymbolicCondition : Condition {
  constexpr operator bool() const {  // NOLINT: for the words
    static_cast<void>(convexpr::detail::Insist<detail::no_branch<Self>>{});
    return true;
  }
};

/// The I-th argument of the function.
template <int I>
struct Argument final : Symbolic<Argument<I>> {
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return visitor.leaf(*this);
  }
};

/// A number that stands in the function.
struct Number final : Expression {
  float value = 0;

  constexpr explicit Number(float v) : value(v) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return visitor.leaf(*this);
  }
};

namespace detail {

template <Op O, class Self>
using ApplyBase = std::conditional_t<is_condition(O), SymbolicCondition<Self>, Symbolic<Self>>;

}  // namespace detail

template <Op O, class A>
struct Apply<O, A> final : detail::ApplyBase<O, Apply<O, A>> {
  A a;
  float value;  // the exponent of pow

  constexpr explicit Apply(const A& x, float v = 0) : a(x), value(v) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return visitor.emit(O, a.flatten(visitor), 0, 0, value);
  }
};

template <Op O, class A, class B>
struct Apply<O, A, B> final : detail::ApplyBase<O, Apply<O, A, B>> {
  A a;
  B b;

  constexpr Apply(const A& x, const B& y) : a(x), b(y) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    const int first = a.flatten(visitor);
    return visitor.emit(O, first, b.flatten(visitor));
  }
};

template <Op O, class A, class B, class C>
struct Apply<O, A, B, C> final : detail::ApplyBase<O, Apply<O, A, B, C>> {
  A a;
  B b;
  C c;

  constexpr Apply(const A& x, const B& y, const C& z) : a(x), b(y), c(z) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    const int first = a.flatten(visitor);
    const int second = b.flatten(visitor);
    return visitor.emit(O, first, second, c.flatten(visitor));
  }
};

/// What an operand is in a tree. Specialise it for a type that is to be a leaf: `of` makes one.
template <class T>
struct Operand;
template <IsExpression T>
struct Operand<T> {
  static constexpr const T& of(const T& x) { return x; }
};
template <IsNumber T>
struct Operand<T> {
  static constexpr Number of(T x) { return Number(static_cast<float>(x)); }
};

/// A type that can be combined with expressions.
template <class T>
concept IsOperand =
    requires(const std::remove_cvref_t<T>& x) { Operand<std::remove_cvref_t<T>>::of(x); };

/// The operand as a tree; 0 for what is none, of which `insist_on_operands` speaks.
template <class T>
constexpr auto operand(const T& x) {
  if constexpr (IsOperand<T>) {
    return Operand<T>::of(x);
  } else {
    return Number(0);
  }
}

/// Whether a tree may hold the operand: no, where its leaf would refer to a temporary. T is a
/// reference unless the operand is one.
template <class T>
inline constexpr bool outlives_tree = true;

namespace detail {

template <class T>
concept CanStand = IsOperand<T> && outlives_tree<T>;

/// Why not.
template <class T>
inline constexpr Refusal no_place = no_operand<std::remove_cvref_t<T>>;

}  // namespace detail

/// Stops the compiler, with words, where one of the types cannot be combined with expressions.
template <class... T>
constexpr void insist_on_operands() {
  if constexpr (!(detail::CanStand<T> && ...)) {
    (static_cast<void>(convexpr::detail::Insist<detail::no_place<T>, !detail::CanStand<T>>{}), ...);
  }
}

template <Op O, class... T>
constexpr auto combine(const std::remove_cvref_t<T>&... x) {
  // Here, and not by a call: GCC shows the way to the words.
  if constexpr (!(detail::CanStand<T> && ...)) {
    (static_cast<void>(convexpr::detail::Insist<detail::no_place<T>, !detail::CanStand<T>>{}), ...);
  }
  return Apply<O, decltype(operand(x))...>(operand(x)...);
}

}  // namespace convexpr::expr
