// What the functions of a user's own layer are given: plain arrays, whatever the layout in which
// the library keeps its values.
//
// Next: layers/user_layer.hpp, which says what those functions look like.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <convexpr/shape/shape.hpp>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace convexpr {

/// One example in C, H, W order, not owned: contiguous, 64-byte aligned, its shape known at run
/// time. As cheap to pass as a pointer.
///
///     y(c, i, j) = x(c, j, i);
///
/// Errors     an index outside the shape stops a debug build (assert)
template <class T>
class ExampleView final {
 public:
  constexpr ExampleView(T* data, Shape shape) : data_(data), shape_(shape) {}
  /// A view that only reads.
  constexpr operator ExampleView<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data_, shape_};
  }

  constexpr Shape shape() const { return shape_; }
  constexpr int channels() const { return shape_.channels; }  // or features
  constexpr int height() const { return shape_.height; }
  constexpr int width() const { return shape_.width; }  // or the length of a sequence
  constexpr std::size_t size() const { return shape_.size(); }

  constexpr T* data() const { return data_; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size(); }

  /// All values in their order.
  constexpr T& operator[](std::size_t i) const {
    assert(i < size() && "the index lies outside the example");
    return data_[i];
  }
  /// The pixel of an image.
  constexpr T& operator()(int c, int i, int j) const {
    assert(is_inside(c, channels()) && is_inside(i, height()) && is_inside(j, width()) &&
           "the index lies outside the example");
    const int row = c * height() + i;
    return data_[static_cast<std::ptrdiff_t>(row) * width() + j];
  }
  /// The element of a sequence.
  constexpr T& operator()(int c, int j) const { return (*this)(c, 0, j); }
  /// A feature of a vector.
  constexpr T& operator()(int c) const { return (*this)(c, 0, 0); }

  /// The image or the sequence of one channel.
  constexpr std::span<T> channel(int c) const {
    const std::size_t pixels = size() / static_cast<std::size_t>(channels());
    return {&(*this)(c, 0, 0), pixels};
  }

  constexpr void fill(T value) const
    requires(!std::is_const_v<T>)
  {
    std::fill(begin(), end(), value);
  }

 private:
  static constexpr bool is_inside(int index, int extent) { return index >= 0 && index < extent; }

  T* data_;
  Shape shape_;
};

/// Parameters that one layer may declare.
inline constexpr int most_parameters = 4;

/// The parameters of one layer, or their gradients: each as the state dict has it, row-major.
///
///     const std::span<const float> weight = w["weight"];   // or w[0]: in the order of `declare`
///
/// Cost       a few comparisons of names: look a parameter up once, in front of the loops
/// Errors     std::out_of_range where the layer declares no such parameter, and for the gradient of
///            one that is not learned
template <class T>
class ParameterViews final {
 public:
  int size() const { return count_; }

  std::span<T> operator[](int index) const {
    if (index < 0 || index >= count_) fail("number " + std::to_string(index), "no parameter");
    const Entry& found = entries_[static_cast<std::size_t>(index)];
    if (found.values.empty()) fail(quoted(found.name), "no learned parameter");
    return found.values;
  }
  std::span<T> operator[](std::string_view name) const {
    for (int i = 0; i < count_; ++i) {
      if (entries_[static_cast<std::size_t>(i)].name == name) return (*this)[i];
    }
    fail(quoted(name), "no parameter");
  }

  /// Of what is not learned, the gradient has no values.
  void add(std::string_view name, std::span<T> values) {
    assert(count_ < most_parameters);
    entries_[static_cast<std::size_t>(count_++)] = {name, values};
  }

 private:
  struct Entry {
    std::string_view name;
    std::span<T> values;
  };

  static std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }
  [[noreturn]] static void fail(const std::string& asked, const char* none) {
    throw std::out_of_range("user_layer: " + asked + " is " + none + " that the layer declares");
  }

  std::array<Entry, most_parameters> entries_{};
  int count_ = 0;
};

using LayerInput = ExampleView<const float>;
using LayerOutput = ExampleView<float>;
using LayerParameters = ParameterViews<const float>;
using LayerGradients = ParameterViews<float>;

/// How a user's layer runs: what the graph knows of its type.
struct UserFunctions {
  void (*forward)(LayerInput x, LayerParameters w, LayerOutput y) = nullptr;
  void (*vjp)(LayerInput x, LayerParameters w, LayerInput dy, LayerOutput dx,
              LayerGradients dw) = nullptr;  // none: the layer cannot be trained through
  bool vjp_reads_input = true;               // else x is not kept for it, and not given
};

}  // namespace convexpr
