// Runs the parts of the report that are linked into this program, and writes it with its picture.
#include "report.hpp"

#include <algorithm>
#include <convexpr/simd/vector.hpp>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace convexpr::bench {

namespace {

std::vector<Section>& sections() {
  static std::vector<Section> all;
  return all;
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

void print_facts(std::string& text) {
#ifdef __clang__
  const char* compiler = "Clang " __clang_version__;
#else
  const char* compiler = "GCC " __VERSION__;
#endif
  print(
      text,
      "# What was measured\n\n%s, %s; %s: vectors of %d floats, %d registers. Ratios are those of\n"
      "one turn, in which the calls compared follow each other: the middle one of all turns, and "
      "in\n"
      "brackets what a tenth of them lie below and above. One thread, unless said.\n\n",
      compiler, CONVEXPR_BENCH_FLAGS, processor().c_str(), simd::lanes, simd::registers);
}

bool write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (file.flush()) return true;
  std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return false;
}

int run(const std::string& folder) {
  Report report;
  std::fputs("the machine\n", stderr);
  report.limits = measure_limits(report.peak);
  std::sort(sections().begin(), sections().end(),
            [](const Section& a, const Section& b) { return a.place < b.place; });
  print_facts(report.text);
  print_limits(report.text, report.limits);
  for (const Section& section : sections()) {
    std::fprintf(stderr, "%s\n", section.name);
    section.run(report);
  }
  if (!report.picture.empty()) {
    if (!write(folder + "/roofline.svg", roofline(report))) return 1;
    report.text += "![Each convolution below the machine's limits](roofline.svg)\n\n";
  }
  if (!write(folder + "/report.md", report.text + report.appendix)) return 1;
  std::printf("%s/report.md\n", folder.c_str());
  return 0;
}

constexpr char usage[] =
    "usage: %s [--help] <folder>\n\n"
    "Measures this machine and the library on it, and writes report.md and roofline.svg into the\n"
    "folder. Takes minutes.\n";

}  // namespace

Registered::Registered(const Section& section) { sections().push_back(section); }

}  // namespace convexpr::bench

int main(int argc, char** argv) {
  using namespace convexpr::bench;
  const bool help =
      argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0);
  if (argc != 2 || help) {
    std::fprintf(help ? stdout : stderr, usage, argv[0]);
    return help ? 0 : 2;
  }
  return run(argv[1]);
}
