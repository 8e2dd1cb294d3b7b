// Direct convolution on every convolution of GoogLeNet, beside the multiply-add peak of this
// machine.
#include <algorithm>
#include <cstdio>

#include "googlenet_convolutions.hpp"
#include "machine.hpp"
#include "program.hpp"

namespace {

using namespace convexpr;

constexpr char purpose[] =
    "Prints one Markdown row for each distinct convolution of GoogLeNet: one thread, one example,\n"
    "everything hot. \"% of peak\" counts the layer's own operations; \"with idle lanes\" those "
    "of\n"
    "the last vector's unused lanes too, which the hardware executes as well.";

/// Prints the layer's row and gives its share of the peak, in percent.
template <bench::ConvLayer L>
double measure() {
  bench::DirectConvolution<L> run;
  using Run = bench::DirectConvolution<L>;
  bench::PeakMeter peak;
  const double seconds = bench::seconds_in_turns(peak, 0.05, run)[0];
  const double rate = L.flop() / seconds * 1e-9;
  const double share = 100.0 * rate / peak.gflops();
  const int vector = Run::half_last_block ? simd::lanes / 2 : simd::lanes;
  const int computed = kernels::blocks(L.out, vector) * vector;
  std::printf("| %4d | %4d | %3d | %dx%d/%d | %dx%dx%d | %8.1f | %7.1f | %7.1f | %5.1f | %5.1f |\n",
              L.in, L.out, L.extent, L.kernel, L.kernel, L.stride, Run::tile.rows, Run::tile.cols,
              Run::tile.blocks, seconds * 1e6, rate, peak.gflops(), share,
              share * computed / L.out);
  std::fflush(stdout);
  return share;
}

void measure_all() {
  std::printf("Vectors of %d floats, %d registers.\n\n", simd::lanes, simd::registers);
  std::puts(
      "| in | out | extent | kernel/stride | tile | microseconds | GFLOP/s | peak GFLOP/s | % of "
      "peak |"
      " % with idle lanes |");
  std::puts("|---:|---:|---:|---|---|---:|---:|---:|---:|---:|");
  double lowest = 1000.0;
  bench::for_each_convolution([&]<bench::ConvLayer L> { lowest = std::min(lowest, measure<L>()); });
  std::printf("\nLowest: %.1f %% of peak.\n", lowest);
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, purpose, measure_all); }
