// The memory under every tensor: an owning array on the heap, aligned for the widest vectors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace convexpr {

/// Alignment of every buffer in bytes: a 512-bit vector, and a cache line.
inline constexpr std::size_t buffer_alignment = 64;

/// An owned, aligned array of plain values that start as zeros.
///
/// Copies are deep; a buffer that was moved from is empty. `resize` keeps the memory it has, so a
/// buffer that was once large enough never allocates again.
///
/// Errors     std::bad_array_new_length if the bytes cannot be counted, std::bad_alloc if there is
///            no memory for them; the buffer is then unchanged
template <class T>
class AlignedBuffer final {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T>,
                "AlignedBuffer: the values must be plain (trivially copyable) and not const");
  static_assert(alignof(T) <= buffer_alignment);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : data_(allocate(size)), size_(size), capacity_(size) {
    clear(0, size);
  }
  AlignedBuffer(const AlignedBuffer& other)
      : data_(allocate(other.size_)), size_(other.size_), capacity_(other.size_) {
    copy_values(other, size_);
  }
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  AlignedBuffer& operator=(const AlignedBuffer& other) {
    if (this == &other) return *this;
    if (other.size_ > capacity_) return *this = AlignedBuffer(other);
    copy_values(other, other.size_);
    size_ = other.size_;
    return *this;
  }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  ~AlignedBuffer() = default;

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }

  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

  /// Makes it `size` values long: those that stay keep their value, those that come are zero.
  void resize(std::size_t size) {
    if (size > capacity_) {
      AlignedBuffer larger;
      larger.data_ = allocate(size);
      larger.size_ = larger.capacity_ = size;
      larger.copy_values(*this, size_);
      larger.clear(size_, size);
      *this = std::move(larger);
      return;
    }
    clear(size_, size);
    size_ = size;
  }

 private:
  struct Release {
    void operator()(T* data) const { ::operator delete(data, std::align_val_t{buffer_alignment}); }
  };
  using Memory = std::unique_ptr<T[], Release>;

  static Memory allocate(std::size_t size) {
    if (size == 0) return {};
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T)) {
      throw std::bad_array_new_length();
    }
    void* memory = ::operator new(size * sizeof(T), std::align_val_t{buffer_alignment});
    return Memory(static_cast<T*>(memory));
  }
  void copy_values(const AlignedBuffer& other, std::size_t count) {
    if (count > 0) std::memcpy(data(), other.data(), count * sizeof(T));
  }
  void clear(std::size_t begin, std::size_t end) {
    if (begin < end) std::fill(data() + begin, data() + end, T{});
  }

  Memory data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace convexpr
