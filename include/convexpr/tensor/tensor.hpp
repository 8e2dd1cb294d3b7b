// A tensor with a shape in its type and memory of its own.
#pragma once

#include <algorithm>
#include <convexpr/shape/shape.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <convexpr/tensor/tensor_view.hpp>
#include <cstddef>

namespace convexpr {

/// One example: features, a sequence or an image, contiguous and row-major.
///
/// The values lie on the heap, 64-byte aligned, so that a large image is as safe in a local
/// variable as a small one; they start as zeros. A tensor goes wherever a `TensorView` of its shape
/// is asked for. A tensor that was moved from holds no memory: assign to it or let it go, nothing
/// else.
///
/// Shapes     Extents: features, or C, L, or C, H, W
/// Errors     while compiling: no extent, more than three, or one below 1
///            an index outside the extents stops a debug build (assert)
/// See also   TensorView (memory of somebody else), Batch (many examples), TensorOf
template <class T, int... Extents>
class Tensor final {
  static_assert(detail::are_extents<Extents...>,
                "Tensor: one to three positive extents: features; C, L; or C, H, W");

 public:
  using value_type = T;
  using View = TensorView<T, Extents...>;
  using ConstView = TensorView<const T, Extents...>;

  static constexpr Shape shape = convexpr::shape(Extents...);
  static constexpr std::size_t size() { return shape.size(); }

  Tensor() : buffer_(size()) {}
  /// A copy of what a view shows.
  explicit Tensor(ConstView other) : buffer_(size()) {
    std::copy(other.begin(), other.end(), begin());
  }
  /// What a source computes that can write itself into a tensor, as an expression over others can:
  /// in one loop, without a temporary (expr/assign.hpp).
  template <class Source>
    requires requires(const Source& source, Tensor& y) { write_into(source, y); }
  Tensor(const Source& source) : Tensor() {  // NOLINT: `Tensor<float, 3> y = a * x`
    write_into(source, *this);
  }
  template <class Source>
    requires requires(const Source& source, Tensor& y) { write_into(source, y); }
  Tensor& operator=(const Source& source) {
    write_into(source, *this);
    return *this;
  }

  T* data() { return buffer_.data(); }
  const T* data() const { return buffer_.data(); }
  T* begin() { return data(); }
  const T* begin() const { return data(); }
  T* end() { return data() + size(); }
  const T* end() const { return data() + size(); }

  /// The element at one index for each extent: `x(c, h, w)`.
  T& operator()(decltype(Extents)... index) {
    return data()[detail::row_major_offset<Extents...>(index...)];
  }
  const T& operator()(decltype(Extents)... index) const {
    return data()[detail::row_major_offset<Extents...>(index...)];
  }

  void fill(T value) { std::fill(begin(), end(), value); }

  operator View() { return View(data()); }
  operator ConstView() const { return ConstView(data()); }

  /// Equal values, as `==` on T has it: a NaN equals nothing.
  friend bool operator==(const Tensor& a, const Tensor& b) {
    return std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  AlignedBuffer<T> buffer_;
};

}  // namespace convexpr
