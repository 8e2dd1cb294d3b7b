// What a layer says of itself once its input is known.
#pragma once

#include <convexpr/layers/identity.hpp>
#include <convexpr/layers/layer.hpp>
#include <convexpr/layers/user_layer.hpp>

namespace convexpr::graph {

/// A layer that computes, as opposed to one that is made of layers.
template <class T>
concept Leaf = IsLayer<T> && requires(Shape in, Declaration& d) { T::declare(in, d); };

/// The operation of a layer on an input, its parameters, or a refusal.
template <Leaf L>
constexpr Declaration declare(Shape in) {
  Declaration d;
  d.op.in = d.op.out = in;
  L::declare(in, d);
  if constexpr (convexpr::detail::HasForward<L>) {
    convexpr::detail::complete_user_layer(convexpr::detail::user_forms<L>(), d);
  } else if constexpr (!std::same_as<L, Identity>) {
    if (d.op.kind == Kind::identity) {
      convexpr::detail::refuse_without_forward(type_name<L>(), d);
    }
  }
  return d;
}

}  // namespace convexpr::graph
