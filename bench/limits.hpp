// What the machine can do at most: multiply-adds, and bytes from each level of its memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "machine.hpp"

namespace convexpr::bench {

/// A level of the memory and how fast one thread reads and writes it.
struct Level {
  const char* name = "";
  std::size_t bytes = 0;     // that it holds; 0 of the memory
  std::size_t measured = 0;  // bytes of the arrays that it was measured with
  double copy = 0;           // bytes a second, read and written
  double triad = 0;
  Spread copy_per_peak{};  // bytes for each operation of the peak
};

struct Limits {
  double peak = 0;         // GFLOP/s of one thread
  double two_threads = 0;  // times as many of two
  std::vector<Level> levels;

  /// The level that holds so many bytes.
  const Level& holding(std::size_t bytes) const;
};

Limits measure_limits(PeakMeter& peak);

/// As Markdown.
void print_limits(std::string& text, const Limits& limits);

/// An array whose overwriting empties the caches of this core.
std::size_t bytes_that_empty_caches();

}  // namespace convexpr::bench
