// What this machine can do at most, measured in the same run as what is compared with it.
#pragma once

#include <algorithm>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <ctime>
#include <limits>

namespace convexpr::bench {

/// Seconds of processor time that this thread has had.
inline double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Seconds of processor time that one call takes: what other programs take of the core meanwhile is
/// not counted, so that a busy machine distorts less.
template <class F>
double seconds(F&& run) {
  const double start = thread_seconds();
  run();
  return thread_seconds() - start;
}

/// Multiply-adds on registers alone, which no kernel can outrun: two floating-point operations a
/// lane, counted for one thread.
class PeakMeter {
 public:
  /// Runs for about 50 microseconds and keeps the shortest time so far.
  void run() {
    best_ = std::min(best_, seconds([this] { multiply_add(); }));
  }
  /// The best rate so far.
  double gflops() const { return 2e-9 * sums * passes * simd::lanes / best_; }

 private:
  static constexpr int sums = simd::registers >= 32 ? 24 : 12;
  static constexpr int passes = 8000;

  [[gnu::noinline]] void multiply_add() {
    const simd::Vector factor = simd::broadcast(factor_);
    const simd::Vector term = simd::broadcast(term_);
    simd::Vector sum[sums];
    simd::unroll<sums>([&](auto i) { sum[i] = simd::broadcast(static_cast<float>(int{i})); });
    for (int pass = 0; pass < passes; ++pass) {
      simd::unroll<sums>([&](auto i) { sum[i] = simd::fma(sum[i], factor, term); });
    }
    simd::unroll<sums - 1>([&](auto i) { sum[0] = sum[0] + sum[i + 1]; });
    sink_ = simd::sum(sum[0]);
  }

  volatile float factor_ = 0.5F;  // read once a run, so that the compiler cannot know the result
  volatile float term_ = 1.0F;
  volatile float sink_ = 0.0F;
  double best_ = std::numeric_limits<double>::infinity();
};

}  // namespace convexpr::bench
