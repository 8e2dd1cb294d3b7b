// Somebody else's memory, seen with a shape: what functions over tensors take.
#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <convexpr/shape/shape.hpp>
#include <cstddef>
#include <type_traits>

namespace convexpr {

namespace detail {

/// Row-major place of an element: the last index runs fastest.
template <int... Extents>
constexpr std::size_t row_major_offset(decltype(Extents)... index) {
  assert(((index >= 0 && index < Extents) && ...) && "the index lies outside the tensor");
  std::size_t at = 0;
  ((at = at * static_cast<std::size_t>(Extents) + static_cast<std::size_t>(index)), ...);
  return at;
}

template <int... Extents>
inline constexpr bool are_extents =
    sizeof...(Extents) >= 1 && sizeof...(Extents) <= 3 && ((Extents > 0) && ...);

}  // namespace detail

/// A tensor that lies in memory of somebody else: contiguous, row-major, not owned.
///
/// As cheap to pass as a pointer. A view of `const T` reads only; a view of `T` becomes one where
/// one is asked for. Constness is that of the values: a `const TensorView<float, 3>` still writes.
///
/// Shapes     Extents: features, or C, L, or C, H, W
/// Requires   the memory holds `size()` values and outlives the view
/// Errors     an index outside the extents stops a debug build (assert)
template <class T, int... Extents>
class TensorView final {
  static_assert(detail::are_extents<Extents...>,
                "TensorView: one to three positive extents: features; C, L; or C, H, W");

 public:
  using value_type = std::remove_const_t<T>;
  static constexpr Shape shape = convexpr::shape(Extents...);
  static constexpr std::size_t size() { return shape.size(); }

  constexpr explicit TensorView(T* data) : data_(data) {}
  template <class U>
    requires(std::same_as<const U, T> && !std::is_const_v<U>)
  constexpr TensorView(TensorView<U, Extents...> other) : data_(other.data()) {}

  constexpr T* data() const { return data_; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size(); }

  /// The element at one index for each extent.
  constexpr T& operator()(decltype(Extents)... index) const {
    return data_[detail::row_major_offset<Extents...>(index...)];
  }

  constexpr void fill(T value) const
    requires(!std::is_const_v<T>)
  {
    std::fill(begin(), end(), value);
  }

 private:
  T* data_;
};

}  // namespace convexpr
