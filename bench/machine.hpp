// What this machine can do at most, measured in the same run as what is compared with it.
#pragma once

#include <algorithm>
#include <chrono>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <limits>

namespace convexpr::bench {

/// Seconds that one call takes.
template <class F>
double seconds(F&& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
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
