// Tensors in expressions: `a * x + per_channel(b)` is a tree whose leaves refer to x and b.
//
// A leaf holds a pointer, so writing an expression reads nothing: assign.hpp, reduce.hpp and
// gradient.hpp compute one.
#pragma once

#include <convexpr/expr/expression.hpp>
#include <convexpr/shape/words.hpp>
#include <convexpr/tensor/batch.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <convexpr/tensor/tensor_view.hpp>
#include <cstddef>
#include <type_traits>

namespace convexpr::expr {

namespace detail {

template <class T>
inline constexpr bool holds_values = false;
template <class T, int... X>
inline constexpr bool holds_values<Tensor<T, X...>> = true;
template <class T, int... X>
inline constexpr bool holds_values<TensorView<T, X...>> = true;
template <class T, int... X>
inline constexpr bool holds_values<Batch<T, X...>> = true;

template <class T>
inline constexpr bool is_view = false;
template <class T, int... X>
inline constexpr bool is_view<TensorView<T, X...>> = true;

template <class T>
inline constexpr bool is_batch = false;
template <class T, int... X>
inline constexpr bool is_batch<Batch<T, X...>> = true;

}  // namespace detail

/// A tensor, a view of one, or a batch.
template <class T>
concept HoldsValues = detail::holds_values<std::remove_cvref_t<T>>;
/// One of floats, which expressions compute with.
template <class T>
concept HoldsFloats =
    HoldsValues<T> && std::same_as<typename std::remove_cvref_t<T>::value_type, float>;

namespace detail {

/// Where values are: a tensor or batch is referred to, a view is held.
template <class Memory>
struct Place {
  const Memory* memory = nullptr;

  constexpr Place() = default;
  constexpr explicit Place(const Memory& m) : memory(&m) {}
  const float* data() const { return memory->data(); }
  std::size_t examples() const {
    if constexpr (is_batch<Memory>) {
      return memory->size();
    } else {
      return 1;
    }
  }
};
template <class Memory>
  requires(is_view<Memory>)
struct Place<Memory> {
  const float* values = nullptr;

  constexpr Place() = default;
  constexpr explicit Place(const Memory& m) : values(m.data()) {}
  const float* data() const { return values; }
  std::size_t examples() const { return 1; }
};

}  // namespace detail

/// All values of a tensor, a view or a batch, one for each element of the expression.
///
/// Requires   when the expression is computed, the memory is still there
template <class Memory>
struct TensorLeaf final : Symbolic<TensorLeaf<Memory>> {
  detail::Place<Memory> place;

  constexpr TensorLeaf() = default;
  constexpr explicit TensorLeaf(const Memory& m) : place(m) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return visitor.leaf(*this);
  }
};

/// One value for each channel, whatever the height, the width and the example.
template <class Memory>
struct ChannelLeaf final : Symbolic<ChannelLeaf<Memory>> {
  detail::Place<Memory> place;

  constexpr ChannelLeaf() = default;
  constexpr explicit ChannelLeaf(const Memory& m) : place(m) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return visitor.leaf(*this);
  }
};

/// One value for all elements, where it is a variable and no number.
struct ScalarLeaf final : Symbolic<ScalarLeaf> {
  const float* value = nullptr;

  constexpr ScalarLeaf() = default;
  constexpr explicit ScalarLeaf(const float& v) : value(&v) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return visitor.leaf(*this);
  }
};

template <HoldsFloats T>
struct Operand<T> {
  static constexpr TensorLeaf<T> of(const T& x) { return TensorLeaf<T>(x); }
};

template <HoldsValues T>
inline constexpr bool outlives_tree<T> =
    std::is_reference_v<T> || detail::is_view<std::remove_cv_t<T>>;

namespace detail {

template <class T>
constexpr Refusal tensor_refusal(std::string_view where) {
  if (!HoldsFloats<T>) {
    return {where, "elementwise: tensors in expressions hold floats",
            type_name<std::remove_cvref_t<T>>(), "values of type float",
            "copy the values to a Tensor<float, ...>"};
  }
  return {where,
          "elementwise: an expression refers to its tensors, so that none can be a temporary",
          "a temporary", "a tensor with a name", "write auto t = ...; and use t in the expression"};
}

template <HoldsValues T>
inline constexpr Refusal no_place<T> = tensor_refusal<T>("an expression over tensors");

/// What per_channel does not take, and why.
template <class T>
constexpr Refusal no_channels() {
  if (HoldsValues<T> && !CanStand<T>) return tensor_refusal<T>("per_channel");
  Refusal refusal{"per_channel", "per_channel: takes a tensor of one number for each channel",
                  type_name<std::remove_cvref_t<T>>(), "a Tensor or a TensorView with one extent",
                  "write per_channel(b) for a Tensor<float, C> b"};
  if constexpr (HoldsValues<T> && !is_batch<std::remove_cvref_t<T>>) {
    refusal.got = Sentence() << "a tensor of " << words(std::remove_cvref_t<T>::shape);
  }
  return refusal;
}
template <class T>
inline constexpr Refusal no_channels_in = no_channels<T>();

template <class T>
constexpr bool has_channels() {
  if constexpr (HoldsFloats<T> && CanStand<T> && !is_batch<std::remove_cvref_t<T>>) {
    return std::remove_cvref_t<T>::shape.rank == 1;
  } else {
    return false;
  }
}

template <class A>
inline constexpr Refusal no_variable{
    "scalar", "scalar: takes a variable of type float, which it refers to",
    Sentence(std::is_reference_v<A> ? "" : "a temporary ") << type_name<std::remove_cvref_t<A>>(),
    "a float with a name",
    "write the number itself, without scalar, where no gradient is asked for"};

}  // namespace detail

/// A number for each channel, repeated over height, width and examples.
///
/// b          a Tensor<float, C>, or a view of one
///
/// Errors     while compiling: another type, more than one extent, a temporary
template <class B>
constexpr auto per_channel(B&& b) {
  using Memory = std::remove_cvref_t<B>;
  if constexpr (detail::has_channels<B>()) {
    return ChannelLeaf<Memory>(b);
  } else {
    static_cast<void>(convexpr::detail::Insist<detail::no_channels_in<B>>{});
    return ChannelLeaf<Tensor<float, 1>>();
  }
}

/// A variable that is read when the expression is computed, and that a gradient can be asked for. A
/// float without `scalar` is a number: it is taken when the expression is written.
///
/// Errors     while compiling: no float, or a temporary
template <class A>
constexpr ScalarLeaf scalar(A&& a) {
  if constexpr (std::is_lvalue_reference_v<A> && std::same_as<std::remove_cvref_t<A>, float>) {
    return ScalarLeaf(a);
  } else {
    static_cast<void>(convexpr::detail::Insist<detail::no_variable<A>>{});
    return {};
  }
}

/// What an operator on a tensor takes on its other side. More than what it can compute with: of the
/// rest of these it is said in words why not.
template <class T>
concept StandsBesideTensor = HoldsValues<T> || IsNumber<T>;

/// Operands of which one is a tensor and none an expression, whose operators take care of the rest.
template <class A, class B>
concept AreTensorOperands =
    (HoldsValues<A> || HoldsValues<B>) && StandsBesideTensor<A> && StandsBesideTensor<B>;

}  // namespace convexpr::expr

namespace convexpr {

using expr::per_channel;
using expr::scalar;

// clang-format off
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator+(A&& a, B&& b) { return expr::combine<expr::Op::add, A, B>(a, b); }
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator-(A&& a, B&& b) { return expr::combine<expr::Op::subtract, A, B>(a, b); }
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator*(A&& a, B&& b) { return expr::combine<expr::Op::multiply, A, B>(a, b); }
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator/(A&& a, B&& b) { return expr::combine<expr::Op::divide, A, B>(a, b); }
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator<(A&& a, B&& b) { return expr::combine<expr::Op::less, A, B>(a, b); }
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator>(A&& a, B&& b) { return expr::combine<expr::Op::less, B, A>(b, a); }
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator<=(A&& a, B&& b) { return expr::combine<expr::Op::less_equal, A, B>(a, b); }
template <class A, class B> requires expr::AreTensorOperands<A, B>
constexpr auto operator>=(A&& a, B&& b) { return expr::combine<expr::Op::less_equal, B, A>(b, a); }
template <expr::HoldsValues A>
constexpr auto operator-(A&& a) { return expr::combine<expr::Op::negate, A>(a); }
// clang-format on

}  // namespace convexpr
