// How many threads a pass runs on.
//
// Threads are OpenMP's: the compiler's flag (-fopenmp), or the target convexpr::openmp, switches them
// on, for all of a program. Without it every pass runs on the thread that called it.
#pragma once

#include <atomic>
#include <convexpr/network/team.hpp>
#include <stdexcept>
#include <string>

namespace convexpr {

namespace detail {

inline std::atomic<int> threads_of_program = 1;
inline thread_local int threads_of_scope = 0;  // 0: as the program

inline int checked_threads(int n, const char* what) {
  if (n >= 1) return n;
  std::string message(what);
  message.append(": the number of threads must be 1 or more, not ").append(std::to_string(n));
  throw std::invalid_argument(message);
}

}  // namespace detail

/// Lets every pass of a network that begins from now on run on `n` threads: the one that calls it and
/// n - 1 of OpenMP's. 1 until it is called. Results are the same bits for every n.
///
/// A step of little work runs on one thread all the same, and so does a pass of little work. Where
/// OpenMP is not switched on, all do.
///
/// Errors     std::invalid_argument where n is less than 1
/// See also   ThreadsScope, for the passes of one thread
inline void set_threads(int n) {
  detail::threads_of_program = detail::checked_threads(n, "set_threads");
}

/// The number of threads that a pass which this thread calls may run on; 1 without OpenMP, and for a
/// thread of a parallel region of OpenMP.
inline int threads() {
  if (!detail::has_teams || detail::in_some_team()) return 1;
  if (detail::threads_of_scope > 0) return detail::threads_of_scope;
  return detail::threads_of_program.load(std::memory_order_relaxed);
}

/// Passes that this thread calls while the object lives run on `n` threads, whatever `set_threads`
/// says: 1 where a program deals out passes to threads of its own.
///
///     cx::ThreadsScope alone(1);
///
/// Requires   the thread that ends it is the one that made it, in reverse order
/// Errors     std::invalid_argument where n is less than 1
class [[nodiscard]] ThreadsScope final {
 public:
  explicit ThreadsScope(int n) : before_(detail::threads_of_scope) {
    detail::threads_of_scope = detail::checked_threads(n, "ThreadsScope");
  }
  ThreadsScope(const ThreadsScope&) = delete;
  ThreadsScope& operator=(const ThreadsScope&) = delete;
  ~ThreadsScope() { detail::threads_of_scope = before_; }

 private:
  int before_;
};

}  // namespace convexpr
