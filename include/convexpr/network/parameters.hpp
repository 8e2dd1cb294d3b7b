// The parameters of a network, which several networks may own together.
#pragma once

#include <convexpr/tensor/aligned_buffer.hpp>
#include <memory>
#include <span>
#include <utility>

namespace convexpr::detail {

/// An array of floats that start as zeros. Copies are deep, as of any value; `with_another` is how
/// one array gets two owners, and it lives as long as one of them.
class Parameters final {
 public:
  explicit Parameters(std::size_t floats) : array_(std::make_shared<Array>(floats)) {}

  Parameters(const Parameters& other)
      : array_(other.array_ ? std::make_shared<Array>(*other.array_) : nullptr) {}
  Parameters(Parameters&& other) noexcept = default;
  ~Parameters() = default;

  /// The values change for all that own the array.
  Parameters& operator=(const Parameters& other) {
    if (array_ && other.array_) {
      *array_ = *other.array_;
    } else {
      *this = Parameters(other);
    }
    return *this;
  }
  /// Likewise; an array of one owner is replaced.
  Parameters& operator=(Parameters&& other) noexcept {
    if (array_.use_count() > 1 && other.array_) {
      *array_ = *other.array_;  // of equal size: nothing is allocated
    } else {
      array_ = std::move(other.array_);
    }
    return *this;
  }

  /// The same array for another owner.
  Parameters with_another() { return Parameters(array_); }

  float* data() { return span().data(); }
  const float* data() const { return span().data(); }
  std::span<float> span() { return array_ ? array_->span() : std::span<float>(); }
  std::span<const float> span() const {
    return array_ ? std::as_const(*array_).span() : std::span<const float>();
  }

 private:
  using Array = AlignedBuffer<float>;
  explicit Parameters(std::shared_ptr<Array> array) : array_(std::move(array)) {}

  std::shared_ptr<Array> array_;
};

}  // namespace convexpr::detail
