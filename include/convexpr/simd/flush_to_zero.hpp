// Denormal numbers as zeros, for a while.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace convexpr {

/// While it lives, the calling thread takes numbers nearer to 0 than 1.2e-38 for 0, and computes 0 in
/// their place: many machines need a hundred cycles for an operation on such a denormal number, and
/// gradients and fading signals are full of them. Then all is as before.
///
///     const cx::FlushToZero guard;
///     cx::fit(net, data, options);
///
/// Threads that a pass of a network forks compute as the thread that calls it.
///
/// Cost       a few cycles at either end
/// Ensures    on machines other than x86 with SSE2 and 64-bit ARM nothing
class FlushToZero final {
 public:
  FlushToZero() : before_(control()) { set_control(before_ | flag); }
  FlushToZero(const FlushToZero&) = delete;
  FlushToZero& operator=(const FlushToZero&) = delete;
  ~FlushToZero() { set_control(before_); }

  /// Whether the calling thread flushes at the moment.
  static bool is_on() { return flag != 0 && (control() & flag) == flag; }

 private:
#if defined(__SSE2__)
  static constexpr std::uint64_t flag = 0x8040;  // results (FTZ) and operands (DAZ) of MXCSR
  static std::uint64_t control() { return _mm_getcsr(); }
  static void set_control(std::uint64_t bits) { _mm_setcsr(static_cast<unsigned>(bits)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t flag = std::uint64_t{1} << 24;  // FZ of FPCR
  static std::uint64_t control() {
    std::uint64_t bits;
    asm volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
  }
  static void set_control(std::uint64_t bits) { asm volatile("msr fpcr, %0" : : "r"(bits)); }
#else
  static constexpr std::uint64_t flag = 0;
  static std::uint64_t control() { return 0; }
  static void set_control(std::uint64_t) {}
#endif

  std::uint64_t before_;
};

}  // namespace convexpr
