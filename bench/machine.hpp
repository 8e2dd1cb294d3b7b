// What this machine can do at most, and how long a call takes, measured in one run so that the two
// can be compared.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <ctime>
#include <vector>

namespace convexpr::bench {

inline double seconds_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// How long a call takes when nothing disturbs it, found from many calls.
///
/// A short call is often not interrupted at all, so the shortest time on the wall clock is its own.
/// A long one always shares the core on a busy machine; the thread's processor time leaves the
/// others out, but on a virtual machine, where stolen time is booked in arrears, one sample in some
/// hundred is a fifth too short. So of these the tenth percentile counts and not the minimum.
class Stopwatch {
 public:
  template <class F>
  void time(F&& run) {
    const double processor = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    const double wall = seconds_of(CLOCK_MONOTONIC);  // the cheaper clock is read next to the call
    run();
    const double wall_after = seconds_of(CLOCK_MONOTONIC);
    processor_.push_back(seconds_of(CLOCK_THREAD_CPUTIME_ID) - processor);
    wall_.push_back(wall_after - wall);
    spent_ += processor_.back();
  }

  /// Requires   at least one call
  double seconds() const {
    constexpr double long_call = 1e-3;
    const double shortest = *std::min_element(wall_.begin(), wall_.end());
    if (shortest < long_call) return shortest;
    std::vector<double> sorted = processor_;
    const auto tenth = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 10);
    std::nth_element(sorted.begin(), tenth, sorted.end());
    return *tenth;
  }

  std::size_t calls() const { return wall_.size(); }
  /// Processor time of all calls.
  double spent() const { return spent_; }

 private:
  std::vector<double> wall_;
  std::vector<double> processor_;
  double spent_ = 0.0;
};

/// Multiply-adds on registers alone, which no kernel can outrun: two floating-point operations a
/// lane, counted for one thread.
class PeakMeter {
 public:
  /// Runs for about 50 microseconds.
  void run() {
    stopwatch_.time([this] { multiply_add(); });
  }
  /// The rate so far.
  double gflops() const { return 2e-9 * sums * passes * simd::lanes / stopwatch_.seconds(); }

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
  Stopwatch stopwatch_;
};

/// Seconds that a call of each takes, run in turns with the peak and with one another, so that what
/// else the machine does disturbs all alike.
///
/// Parameters enough: processor time that the calls may take, in seconds
template <class... F>
auto seconds_in_turns(PeakMeter& peak, double enough, F&&... run) {
  constexpr std::size_t fewest = 20;
  std::array<Stopwatch, sizeof...(F)> watches;
  while (watches[0].calls() < fewest || watches[0].spent() < enough) {
    peak.run();
    std::size_t i = 0;
    (watches[i++].time(run), ...);
  }
  std::array<double, sizeof...(F)> seconds{};
  for (std::size_t i = 0; i < watches.size(); ++i) seconds[i] = watches[i].seconds();
  return seconds;
}

}  // namespace convexpr::bench
