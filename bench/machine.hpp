// What this machine can do at most, and how long a call takes, measured in one run so that the two
// can be compared.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <ctime>
#include <span>
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
    if (shortest() < long_call) return shortest();
    std::vector<double> sorted = processor_;
    const auto tenth = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 10);
    std::nth_element(sorted.begin(), tenth, sorted.end());
    return *tenth;
  }

  /// Of every call in order, on the wall clock or in processor time.
  const std::vector<double>& wall() const { return wall_; }
  const std::vector<double>& processor() const { return processor_; }
  /// Whether the calls are so short that reading the processor's clock would count.
  bool is_brief() const { return shortest() < 20e-6; }
  std::size_t calls() const { return wall_.size(); }
  /// Processor time of all calls.
  double spent() const { return spent_; }

 private:
  double shortest() const { return *std::min_element(wall_.begin(), wall_.end()); }

  std::vector<double> wall_;
  std::vector<double> processor_;
  double spent_ = 0.0;
};

/// Multiply-adds on registers alone, which no kernel can outrun: two floating-point operations a
/// lane, counted for one thread.
class PeakMeter {
  static constexpr int sums = simd::registers >= 32 ? 24 : 12;
  static constexpr int passes = 8000;

 public:
  /// Runs for about 50 microseconds.
  void run() {
    stopwatch_.time([this] { multiply_add(); });
  }
  /// The rate so far.
  double gflops() const { return 1e-9 * flop / stopwatch_.seconds(); }
  /// That of the latest run.
  double latest_gflops() const { return 1e-9 * flop / stopwatch_.processor().back(); }

  /// Operations of a run.
  static constexpr double flop = 2.0 * sums * passes * simd::lanes;

 private:
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

/// A quantity that was found once in each turn: the middle one, and what a tenth of them lie below
/// and above.
struct Spread {
  double middle = 0;
  double low = 0;
  double high = 0;
};

inline Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.5), at(0.1), at(0.9)};
}

/// How long turns go on, and what lies in the caches when a call begins.
struct TurnOptions {
  double enough = 0.05;  // processor time that the calls may take, in seconds
  std::size_t fewest = 20;
  std::size_t most = 1'000'000;
  bool warm = false;             // a short call is run once more before, untimed
  std::span<float> overwrite{};  // written before each call: what it wants has left the caches
};

/// The times of several calls that were run in turns with the peak and with one another, so that
/// what else the machine does disturbs all alike. Ratios are taken turn by turn.
template <std::size_t N>
class Turns {
 public:
  template <class... F>
  Turns(PeakMeter& peak, const TurnOptions& options, F&&... run) {
    while (go_on(options)) {
      peak.run();
      peaks_.push_back(peak.latest_gflops());
      std::size_t i = 0;
      (time(options, watches_[i++], run), ...);
    }
  }

  /// Of an undisturbed call.
  double seconds(std::size_t i) const { return watches_[i].seconds(); }
  /// How many times as long as call `j` call `i` takes.
  Spread ratio(std::size_t i, std::size_t j) const {
    const bool brief = watches_[i].is_brief() || watches_[j].is_brief();
    const std::vector<double>& these = brief ? watches_[i].wall() : watches_[i].processor();
    const std::vector<double>& those = brief ? watches_[j].wall() : watches_[j].processor();
    std::vector<double> values;
    for (std::size_t t = 0; t < these.size(); ++t) values.push_back(these[t] / those[t]);
    return spread_of(values);
  }
  /// The rate of call `i` as a share of the peak's.
  Spread share_of_peak(std::size_t i, double flop) const {
    const Stopwatch& watch = watches_[i];
    const std::vector<double>& times = watch.is_brief() ? watch.wall() : watch.processor();
    std::vector<double> values;
    for (std::size_t t = 0; t < times.size(); ++t) {
      values.push_back(1e-9 * flop / times[t] / peaks_[t]);
    }
    return spread_of(values);
  }

 private:
  bool go_on(const TurnOptions& options) const {
    const std::size_t turns = peaks_.size();
    if (turns < options.fewest) return true;
    double spent = 0;
    for (const Stopwatch& w : watches_) spent += w.spent();
    return turns < options.most && spent < options.enough;
  }

  template <class F>
  static void time(const TurnOptions& options, Stopwatch& watch, F& run) {
    constexpr double short_call = 2e-3;
    for (float& value : options.overwrite) value += 1.0F;
    if (options.warm && (watch.calls() == 0 || watch.wall().back() < short_call)) run();
    watch.time(run);
  }

  std::array<Stopwatch, N> watches_;
  std::vector<double> peaks_;
};

template <class... F>
Turns<sizeof...(F)> in_turns(PeakMeter& peak, const TurnOptions& options, F&&... run) {
  return {peak, options, run...};
}

/// Seconds that an undisturbed call of each takes, run in turns.
///
/// Parameters enough: processor time that the calls of each may take, in seconds
template <class... F>
auto seconds_in_turns(PeakMeter& peak, double enough, F&&... run) {
  constexpr std::size_t count = sizeof...(F);
  const Turns<count> turns(peak, {.enough = enough * count}, run...);
  std::array<double, count> seconds{};
  for (std::size_t i = 0; i < count; ++i) seconds[i] = turns.seconds(i);
  return seconds;
}

}  // namespace convexpr::bench
