// Many examples of one shape, one after the other: what a network runs and trains on.
#pragma once

#include <algorithm>
#include <cassert>
#include <convexpr/shape/shape.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <convexpr/tensor/tensor_view.hpp>
#include <cstddef>
#include <limits>
#include <new>

namespace convexpr {

/// A run-time number of examples whose shape is in the type, without gaps between them.
///
/// The values start as zeros. `resize` keeps the memory, so that a batch that is filled again and
/// again allocates only while it grows past the largest number it ever held.
///
/// Shapes     N examples of Extents: features, or C, L, or C, H, W
/// Errors     std::bad_array_new_length or std::bad_alloc: no memory for that many examples
///            an index outside the examples stops a debug build (assert)
template <class T, int... Extents>
class Batch final {
  static_assert(detail::are_extents<Extents...>,
                "Batch: one to three positive extents: features; C, L; or C, H, W");

 public:
  using value_type = T;
  using View = TensorView<T, Extents...>;
  using ConstView = TensorView<const T, Extents...>;

  /// The shape of one example.
  static constexpr Shape shape = convexpr::shape(Extents...);
  /// Values in one example.
  static constexpr std::size_t example_size = shape.size();

  Batch() = default;
  explicit Batch(std::size_t examples) : buffer_(values(examples)) {}
  /// What a source computes that can write itself into a batch, as an expression over others can: in
  /// one loop, without a temporary (expr/assign.hpp).
  template <class Source>
    requires requires(const Source& source, Batch& ys) { write_into(source, ys); }
  Batch(const Source& source) {  // NOLINT: `Batch<float, 3> ys = a * xs`
    write_into(source, *this);
  }
  template <class Source>
    requires requires(const Source& source, Batch& ys) { write_into(source, ys); }
  Batch& operator=(const Source& source) {
    write_into(source, *this);
    return *this;
  }

  /// The number of examples.
  std::size_t size() const { return buffer_.size() / example_size; }
  bool empty() const { return size() == 0; }

  /// All examples: size() * example_size values; null only if the batch never held any.
  T* data() { return buffer_.data(); }
  const T* data() const { return buffer_.data(); }

  /// One example.
  View operator[](std::size_t example) {
    assert(example < size() && "the example lies outside the batch");
    return View(data() + example * example_size);
  }
  ConstView operator[](std::size_t example) const {
    assert(example < size() && "the example lies outside the batch");
    return ConstView(data() + example * example_size);
  }

  /// Makes it `examples` long: those that stay keep their values, those that come are zero.
  void resize(std::size_t examples) { buffer_.resize(values(examples)); }
  /// Examples that fit without another allocation.
  std::size_t capacity() const { return buffer_.capacity() / example_size; }

  void fill(T value) { std::ranges::fill(buffer_.span(), value); }

  friend bool operator==(const Batch& a, const Batch& b) {
    return std::ranges::equal(a.buffer_.span(), b.buffer_.span());
  }

 private:
  static std::size_t values(std::size_t examples) {
    if (examples > std::numeric_limits<std::size_t>::max() / example_size) {
      throw std::bad_array_new_length();
    }
    return examples * example_size;
  }

  AlignedBuffer<T> buffer_;
};

}  // namespace convexpr
