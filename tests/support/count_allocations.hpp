// Counts every call of the global operator new. Include it in one file of a program: it replaces
// the operators, and replacements must not be inline.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace support {

inline std::atomic<long> allocations{0};

/// What happens between its construction and `count()`.
class AllocationCount {
 public:
  long count() const { return allocations - before_; }

 private:
  long before_ = allocations;
};

inline void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
}

inline void* counted_or_throw(std::size_t size, std::size_t alignment) {
  void* const memory = counted(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// Not inline, or GCC would see memory of operator new meet free, and warn.
[[gnu::noinline]] inline void release(void* memory) { std::free(memory); }

inline constexpr std::size_t plain_alignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace support

// All forms, though most call others by default: a sanitizer has its own of those that are left out.
void* operator new(std::size_t size) {
  return support::counted_or_throw(size, support::plain_alignment);
}
void* operator new[](std::size_t size) {
  return support::counted_or_throw(size, support::plain_alignment);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return support::counted(size, support::plain_alignment);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return support::counted(size, support::plain_alignment);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return support::counted_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return support::counted_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return support::counted(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return support::counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { support::release(memory); }
void operator delete[](void* memory) noexcept { support::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { support::release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { support::release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { support::release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { support::release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { support::release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { support::release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  support::release(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  support::release(memory);
}
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  support::release(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  support::release(memory);
}
