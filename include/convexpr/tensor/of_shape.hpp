// From a shape that is a value to the tensor types that have it.
#pragma once

#include <convexpr/shape/shape.hpp>
#include <convexpr/tensor/batch.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <convexpr/tensor/tensor_view.hpp>
#include <type_traits>

namespace convexpr {

namespace detail {

template <template <class, int...> class Kind, class T, Shape S>
consteval auto of_shape() {
  static_assert(S.rank >= 1 && S.rank <= 3, "a tensor has one to three extents");
  if constexpr (S.rank == 1) {
    return std::type_identity<Kind<T, S.channels>>{};
  } else if constexpr (S.rank == 2) {
    return std::type_identity<Kind<T, S.channels, S.width>>{};
  } else {
    return std::type_identity<Kind<T, S.channels, S.height, S.width>>{};
  }
}

}  // namespace detail

/// The tensor of a shape: `TensorOf<float, shape(3, 4, 5)>` is `Tensor<float, 3, 4, 5>`.
template <class T, Shape S>
using TensorOf = typename decltype(detail::of_shape<Tensor, T, S>())::type;

/// The view of a shape.
template <class T, Shape S>
using TensorViewOf = typename decltype(detail::of_shape<TensorView, T, S>())::type;

/// The batch of examples of a shape.
template <class T, Shape S>
using BatchOf = typename decltype(detail::of_shape<Batch, T, S>())::type;

}  // namespace convexpr
