// The command line of a benchmark program, which has nothing to choose.
#pragma once

#include <cstdio>
#include <cstring>

namespace convexpr::bench {

/// Runs `work`, or says what the program is for: after --help, and, with status 2, after anything
/// else.
template <class Work>
int program(int argc, char** argv, const char* purpose, Work work) {
  if (argc == 1) {
    work();
    return 0;
  }
  const bool help = std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0;
  std::fprintf(help ? stdout : stderr, "usage: %s [--help]\n\n%s\n", argv[0], purpose);
  return help ? 0 : 2;
}

}  // namespace convexpr::bench
