// What a run of benchmarks finds: text, tables and the points of the picture.
#pragma once

#include <string>
#include <vector>

#include "limits.hpp"
#include "text.hpp"

namespace convexpr::bench {

/// A convolution in the picture.
struct Point {
  double intensity = 0;  // operations a byte
  double share = 0;      // of the peak
  double theirs = 0;     // the same of oneDNN
};

struct Series {
  std::string name;
  std::vector<Point> points;
};

/// What the parts of a run write into.
struct Report {
  PeakMeter peak;
  Limits limits;
  std::string text;
  std::string appendix;  // long tables, which come last
  std::vector<Series> picture;
};

/// A part of the report. A program has those that are linked into it, in the order of `place`.
struct Section {
  int place;
  const char* name;
  void (*run)(Report&);
};

/// Adds a part to this program.
struct Registered {
  explicit Registered(const Section& section);
};

/// The picture as SVG: rates of convolutions over their operations a byte, below the machine's limits.
std::string roofline(const Report& report);

}  // namespace convexpr::bench
