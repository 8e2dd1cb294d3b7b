// What it costs to let two threads work together for a moment: OpenMP's regions and barriers, and
// oneTBB's parallel_for where it is installed.
#include <algorithm>
#include <array>
#include <atomic>
#include <convexpr/network/team.hpp>
#include <cstdio>
#include <limits>

#include "machine.hpp"
#include "program.hpp"

#ifdef CONVEXPR_HAVE_TBB
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#endif

namespace {

using namespace convexpr;

constexpr char purpose[] =
    "Times work of 0 to 100 microseconds that two halves share: on one thread, in a region of\n"
    "OpenMP, between two barriers of a region that is open already, and by oneTBB's parallel_for.";

/// Work for so many passes over a few registers.
[[gnu::noinline]] void spend(int passes) {
  float sum = 0;
  for (int i = 0; i < passes; ++i) {
    asm volatile("" : "+x"(sum));
    sum = sum * 0.5F + 1.0F;
  }
  asm volatile("" : : "x"(sum));
}

/// The shortest average of a few calls in a row, of many such rows: microseconds.
template <class F>
double microseconds(F&& run) {
  constexpr int calls = 10;
  constexpr int rows = 300;
  double best = std::numeric_limits<double>::infinity();
  for (int row = 0; row < rows; ++row) {
    const double start = bench::seconds_of(CLOCK_MONOTONIC);
    for (int i = 0; i < calls; ++i) run();
    best = std::min(best, bench::seconds_of(CLOCK_MONOTONIC) - start);
  }
  return best / calls * 1e6;
}

double in_barriers(int half) {
  double best = 0;
  detail::in_team(2, [&](const detail::Share& share) {
    const double own = microseconds([&] {
      spend(half);
      share.wait();
    });
    if (share.index == 0) best = own;
  });
  return best;
}

void measure() {
#ifdef CONVEXPR_HAVE_TBB
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
#endif
  std::puts("| one thread, us | region, us | barrier, us | parallel_for, us | static, us |");
  std::puts("|---:|---:|---:|---:|---:|");
  for (const int passes : {0, 1000, 3000, 10'000, 30'000, 100'000}) {
    const int half = passes / 2;
    const double alone = microseconds([=] { spend(passes); });
    const double region = microseconds([=] {
      detail::in_team(2, [=](const detail::Share& share) { spend(passes / share.count); });
    });
    std::fflush(stdout);
    std::printf("| %.2f | %.2f | %.2f |", alone, region, in_barriers(half));
#ifdef CONVEXPR_HAVE_TBB
    const auto tasks = [=](auto&& partitioner) {
      return microseconds([&] {
        tbb::parallel_for(
            tbb::blocked_range<int>(0, 2, 1),
            [=](const auto& range) { spend(half * static_cast<int>(range.size())); }, partitioner);
      });
    };
    std::printf(" %.2f | %.2f |\n", tasks(tbb::simple_partitioner{}),
                tasks(tbb::static_partitioner{}));
#else
    std::puts(" | |");
#endif
  }
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, purpose, measure); }
