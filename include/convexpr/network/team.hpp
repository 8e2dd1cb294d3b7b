// Threads that run a pass together: a parallel region of OpenMP, where the compiler has that switched
// on, and the calling thread alone elsewhere.
//
// The one header that names OpenMP. Next: network/sharing.hpp, which deals a step out.
#pragma once

#include <atomic>
#include <cfenv>
#include <exception>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace convexpr::detail {

/// Whether teams of several threads exist.
#ifdef _OPENMP
inline constexpr bool has_teams = true;
#else
inline constexpr bool has_teams = false;
#endif

/// Members `first` up to, not including, `last` of something.
struct Range {
  int first = 0;
  int last = 0;

  constexpr int size() const { return last - first; }
};

/// The place of one thread in a team.
struct Share {
  int index = 0;
  int count = 1;

  /// Its part of `all` things, which the members take in order, as evenly as may be.
  constexpr Range of(int all) const {
    const long long n = all;
    return {static_cast<int>(n * index / count), static_cast<int>(n * (index + 1) / count)};
  }
  /// All of them for the first member.
  constexpr Range whole(int all) const { return {0, index == 0 ? all : 0}; }
  /// Waits for all members, and lets each see what the others have written. Every member calls it as
  /// often as the others.
  void wait() const {
#ifdef _OPENMP
    if (count > 1) {
#pragma omp barrier
    }
#endif
  }
};

/// Whether the calling thread is a member of some team of several: what it calls then is a team of one.
inline bool in_some_team() {
#ifdef _OPENMP
  return omp_in_parallel() != 0;
#else
  return false;
#endif
}

/// The first exception that a member of a team met: none may leave the region.
class Failure {
 public:
  /// Calls `f` and keeps what it throws; calls nothing where something was thrown before.
  template <class F>
  void guard(F f) {
    if (met_.load(std::memory_order_relaxed)) return;
    try {
      f();
    } catch (...) {
      if (!met_.exchange(true)) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::atomic<bool> met_ = false;
  std::exception_ptr first_;
};

/// Calls f(Share) in each of up to `threads` threads, this one the first of them; within a team it is
/// a team of one. What a member throws is thrown here when all are done, if `f` guards it.
///
/// All members round, and take denormal numbers, as this thread does.
template <class F>
void in_team([[maybe_unused]] int threads, F f) {
#ifdef _OPENMP
  if (threads > 1) {
    std::fenv_t ours;
    std::fegetenv(&ours);
#pragma omp parallel num_threads(threads)
    {
      const Share share{omp_get_thread_num(), omp_get_num_threads()};
      std::fenv_t own;
      if (share.index > 0) {
        std::fegetenv(&own);
        std::fesetenv(&ours);
      }
      f(share);
      if (share.index > 0) std::fesetenv(&own);
    }
    return;
  }
#endif
  f(Share{});
}

}  // namespace convexpr::detail
