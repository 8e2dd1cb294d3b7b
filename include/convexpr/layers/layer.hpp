// What makes a type a layer, and how layers are chained with `|`.
//
// A layer is an empty type derived from `Layer`. The operator is a friend of that one base, so that
// overload resolution meets it only where a layer is involved.
#pragma once

#include <concepts>
#include <convexpr/layers/operation.hpp>
#include <convexpr/meta/type_name.hpp>
#include <type_traits>

namespace convexpr {

struct Layer;

/// A type that can stand in a chain.
template <class T>
concept IsLayer = std::derived_from<std::remove_cv_t<T>, Layer>;

/// Layers one after another.
///
///     y = Ln(... L2(L1(x)))
template <class... Layers>
struct Sequential;

namespace detail {

template <class T>
struct Chain {
  using type = Sequential<T>;
  static constexpr int length = 1;
};
template <class... L>
struct Chain<Sequential<L...>> {
  using type = Sequential<L...>;
  static constexpr int length = sizeof...(L);
};

template <class A, class B>
struct Joined;
template <class... A, class... B>
struct Joined<Sequential<A...>, Sequential<B...>> {
  using type = Sequential<A..., B...>;
};

template <class Found, int Position>
inline constexpr Refusal no_layer_in_chain{
    Sentence() << "position " << Position << " of the chain", "chain: only layers can be chained",
    Sentence(type_name<Found>()), "a layer, such as relu or conv2d<64, {.kernel = 3}>",
    "write the value of a layer, as in relu, or its type with braces, as in ReLU{}"};

}  // namespace detail

/// The base of every layer.
struct Layer {
  /// A then B. Chains are flat: `a | (b | c)` and `(a | b) | c` have one type.
  ///
  /// Errors     while compiling: one side is no layer
  template <class A, class B>
    requires(IsLayer<A> || IsLayer<B>)
  friend constexpr auto operator|(A, B) {
    if constexpr (!IsLayer<A>) {
      static_cast<void>(detail::Insist<detail::no_layer_in_chain<A, 0>>{});
      return B{};
    } else if constexpr (!IsLayer<B>) {
      static_cast<void>(detail::Insist<detail::no_layer_in_chain<B, detail::Chain<A>::length>>{});
      return A{};
    } else {
      return typename detail::Joined<typename detail::Chain<A>::type,
                                     typename detail::Chain<B>::type>::type{};
    }
  }
};

template <class... Layers>
struct Sequential final : Layer {};

/// The chain of the given layers.
template <class... Layers>
constexpr Sequential<Layers...> sequential(Layers...) {
  return {};
}

}  // namespace convexpr
