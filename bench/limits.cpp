#include "limits.hpp"

#include <unistd.h>

#include <convexpr/tensor/aligned_buffer.hpp>
#include <thread>

#include "numbers.hpp"
#include "report.hpp"

namespace convexpr::bench {

namespace {

std::size_t cache(int name, std::size_t otherwise) {
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : otherwise;
}

constexpr std::size_t step = 4 * simd::lanes;

// a = b
[[gnu::noinline]] void copy(float* a, const float* b, std::size_t size) {
  for (std::size_t i = 0; i < size; i += step) {
    simd::unroll<4>([&](auto k) __attribute__((always_inline)) {
      const std::size_t at = i + static_cast<std::size_t>(k * simd::lanes);
      simd::store(a + at, simd::load(b + at));
    });
  }
}

// a = b + s c
[[gnu::noinline]] void triad(float* a, const float* b, const float* c, std::size_t size) {
  const simd::Vector s = simd::broadcast(0.5F);
  for (std::size_t i = 0; i < size; i += step) {
    simd::unroll<4>([&](auto k) __attribute__((always_inline)) {
      const std::size_t at = i + static_cast<std::size_t>(k * simd::lanes);
      simd::store(a + at, simd::fma(s, simd::load(c + at), simd::load(b + at)));
    });
  }
}

void measure(Level& level, PeakMeter& peak) {
  const std::size_t size = level.measured / (3 * sizeof(float)) / step * step;
  AlignedBuffer<float> a(size);
  AlignedBuffer<float> b(size);
  AlignedBuffer<float> c(size);
  fill_with_numbers(b.span());
  fill_with_numbers(c.span());
  const std::size_t passes = 1 + (std::size_t{1} << 19) / level.measured;  // some 20 us and more
  const auto times = in_turns(
      peak, {.enough = 0.1, .fewest = 7, .warm = true},
      [&] {
        for (std::size_t p = 0; p < passes; ++p) copy(a.data(), b.data(), size);
      },
      [&] {
        for (std::size_t p = 0; p < passes; ++p) triad(a.data(), b.data(), c.data(), size);
      });
  const double bytes = static_cast<double>(size * sizeof(float) * passes);
  level.copy = 2 * bytes / times.seconds(0);
  level.triad = 3 * bytes / times.seconds(1);
  level.copy_per_peak = times.share_of_peak(0, 2 * bytes);
}

// How many times the operations of one thread two do in the same time: of undisturbed calls, since
// on a busy machine there is often no second core.
double measure_two_threads() {
  constexpr int runs = 20;  // a millisecond
  const auto work = [] {
    PeakMeter meter;
    for (int i = 0; i < runs; ++i) meter.run();
  };
  double one = 1e9;
  double two = 1e9;
  for (int turn = 0; turn < 100; ++turn) {
    const double begin = seconds_of(CLOCK_MONOTONIC);
    work();
    const double middle = seconds_of(CLOCK_MONOTONIC);
    std::thread other(work);
    work();
    other.join();
    one = std::min(one, middle - begin);
    two = std::min(two, seconds_of(CLOCK_MONOTONIC) - middle);
  }
  return 2 * one / two;
}

}  // namespace

const Level& Limits::holding(std::size_t bytes) const {
  for (const Level& level : levels) {
    if (bytes <= level.bytes) return level;
  }
  return levels.back();
}

std::size_t bytes_that_empty_caches() {
  const std::size_t second = cache(_SC_LEVEL2_CACHE_SIZE, 1 << 20);
  return std::clamp<std::size_t>(2 * cache(_SC_LEVEL3_CACHE_SIZE, 0), 8 * second, 16 * second);
}

Limits measure_limits(PeakMeter& peak) {
  const std::size_t first = cache(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
  const std::size_t second = cache(_SC_LEVEL2_CACHE_SIZE, 1 << 20);
  const std::size_t third = cache(_SC_LEVEL3_CACHE_SIZE, 0);
  const auto memory = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
                      static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  Limits limits;
  limits.levels.push_back({.name = "L1", .bytes = first, .measured = first / 2});
  limits.levels.push_back({.name = "L2", .bytes = second, .measured = second / 2});
  if (third > 2 * second) {
    limits.levels.push_back(
        {.name = "L3", .bytes = third, .measured = std::min(third / 2, 16 * second)});
  }
  limits.levels.push_back(
      {.name = "memory",
       .measured = std::min(std::max<std::size_t>(2 * third, 128 << 20), memory / 4)});
  for (Level& level : limits.levels) measure(level, peak);
  limits.two_threads = measure_two_threads();
  limits.peak = peak.gflops();
  return limits;
}

void print_limits(std::string& text, const Limits& limits) {
  print(text, "## The machine\n\n");
  print(text,
        "One thread: %.0f GFLOP/s of multiply-adds on registers, the *peak*. Two threads: %.2f "
        "times.\n\n",
        limits.peak, limits.two_threads);
  print(
      text,
      "| level | holds | arrays | copy, GB/s | triad, GB/s | bytes of a copy for 100 operations |\n"
      "|---|---:|---:|---:|---:|---:|\n");
  for (const Level& l : limits.levels) {
    const auto kib = [](std::size_t bytes) { return static_cast<double>(bytes) / 1024; };
    print(text, "| %s | ", l.name);
    if (l.bytes > 0) print(text, "%.0f KiB", kib(l.bytes));
    print(text, " | %.0f KiB | %.1f | %.1f | %s |\n", kib(l.measured), 1e-9 * l.copy,
          1e-9 * l.triad, text_of(l.copy_per_peak, 100, 1).c_str());
  }
  print(text, "\nBytes are those that a program reads and writes.\n\n");
}

}  // namespace convexpr::bench
