// Direct convolution on every convolution of GoogLeNet, beside the multiply-add peak of this
// machine.
//
// Prints one Markdown row per distinct layer: one thread, one example, everything hot. Kernel and
// peak are run in turns, and of each the shortest time counts, so that other work on the machine
// disturbs both alike. "of peak" counts the layer's own operations; "with idle lanes" those of the
// last block's unused lanes too, which the hardware executes as well.
#include <algorithm>
#include <convexpr/kernels/conv2d_direct.hpp>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>

#include "machine.hpp"

namespace {

using namespace convexpr;

struct Deleter {
  void operator()(float* p) const { ::operator delete[](p, std::align_val_t{simd::alignment}); }
};

/// An aligned array of small numbers.
std::unique_ptr<float[], Deleter> numbers(std::size_t size) {
  auto* p = static_cast<float*>(
      ::operator new[](size * sizeof(float), std::align_val_t{simd::alignment}));
  unsigned state = 1;
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1664525U + 1013904223U;
    p[i] = static_cast<float>(state >> 24) / 256.0F - 0.5F;
  }
  return std::unique_ptr<float[], Deleter>(p);
}

struct Layer {
  int in;
  int out;
  int extent;  // of the output, which is square
  int kernel;
  int stride = 1;

  double flop() const { return 2.0 * in * out * kernel * kernel * extent * extent; }
};

template <Layer L>
void measure() {
  constexpr int interleave = L.in < simd::lanes ? 1 : simd::lanes;
  constexpr int padding = L.kernel / 2;
  constexpr int in_extent = L.extent * L.stride;
  constexpr int padded = in_extent + 2 * padding;
  constexpr kernels::ConvTile tile = kernels::choose_conv_tile(
      L.extent, L.extent, kernels::blocks(L.out, simd::lanes), simd::registers);
  const kernels::ConvGeometry g{
      L.in, L.out, 1, {.kernel = L.kernel, .stride = L.stride, .padding = padding}, interleave};
  const std::ptrdiff_t x_block = std::ptrdiff_t{padded} * padded * interleave;
  const std::ptrdiff_t y_block = std::ptrdiff_t{L.extent} * L.extent * simd::lanes;
  const int x_blocks = kernels::blocks(L.in, interleave);
  const int y_blocks = kernels::blocks(L.out, simd::lanes);
  const auto x = numbers(static_cast<std::size_t>(x_block * x_blocks));
  const auto w = numbers(kernels::packed_size(g));
  const auto b = numbers(static_cast<std::size_t>(y_blocks * simd::lanes));
  const auto y = numbers(static_cast<std::size_t>(y_block * y_blocks));
  const kernels::ConstMaps xs{
      x.get() + padding * (padded + 1) * interleave, L.in,    in_extent, in_extent,
      std::ptrdiff_t{padded} * interleave,           x_block, 0};
  const kernels::Maps ys{y.get(), L.out, L.extent, L.extent, std::ptrdiff_t{L.extent} * simd::lanes,
                         y_block, 0};

  bench::PeakMeter peak;
  double best = std::numeric_limits<double>::infinity();
  double spent = 0.0;
  for (int i = 0; i < 20 || spent < 0.05; ++i) {
    peak.run();
    const double time = bench::seconds([&] {
      kernels::conv2d_direct<interleave, L.stride, tile, expr::Relu>(xs, w.get(), b.get(), ys, g);
    });
    best = std::min(best, time);
    spent += time;
  }
  const double rate = L.flop() / best * 1e-9;
  const double share = 100.0 * rate / peak.gflops();
  std::printf("| %4d | %4d | %3d | %dx%d/%d | %dx%dx%d | %8.1f | %7.1f | %7.1f | %5.1f | %5.1f |\n",
              L.in, L.out, L.extent, L.kernel, L.kernel, L.stride, tile.rows, tile.cols,
              tile.blocks, best * 1e6, rate, peak.gflops(), share,
              share * y_blocks * simd::lanes / L.out);
  std::fflush(stdout);
}

template <Layer... L>
void measure_all() {
  (measure<L>(), ...);
}

}  // namespace

int main() {
  std::printf("Vectors of %d floats, %d registers.\n\n", simd::lanes, simd::registers);
  std::puts(
      "| in | out | extent | kernel/stride | tile | microseconds | GFLOP/s | peak GFLOP/s | % of "
      "peak |"
      " % with idle lanes |");
  std::puts("|---:|---:|---:|---|---|---:|---:|---:|---:|---:|");
  measure_all<
      Layer{3, 64, 112, 7, 2}, Layer{64, 64, 56, 1}, Layer{64, 192, 56, 3},
      // 3a, 3b: first the 1x1 convolutions, then 3x3 and 5x5
      Layer{192, 64, 28, 1}, Layer{192, 96, 28, 1}, Layer{192, 16, 28, 1}, Layer{192, 32, 28, 1},
      Layer{96, 128, 28, 3}, Layer{16, 32, 28, 5}, Layer{256, 128, 28, 1}, Layer{256, 32, 28, 1},
      Layer{256, 64, 28, 1}, Layer{128, 192, 28, 3}, Layer{32, 96, 28, 5},
      // 4a to 4e
      Layer{480, 192, 14, 1}, Layer{480, 96, 14, 1}, Layer{480, 16, 14, 1}, Layer{480, 64, 14, 1},
      Layer{96, 208, 14, 3}, Layer{16, 48, 14, 5}, Layer{512, 160, 14, 1}, Layer{512, 112, 14, 1},
      Layer{512, 24, 14, 1}, Layer{512, 64, 14, 1}, Layer{112, 224, 14, 3}, Layer{24, 64, 14, 5},
      Layer{512, 128, 14, 1}, Layer{128, 256, 14, 3}, Layer{512, 144, 14, 1}, Layer{512, 32, 14, 1},
      Layer{144, 288, 14, 3}, Layer{32, 64, 14, 5}, Layer{528, 256, 14, 1}, Layer{528, 160, 14, 1},
      Layer{528, 32, 14, 1}, Layer{528, 128, 14, 1}, Layer{160, 320, 14, 3}, Layer{32, 128, 14, 5},
      // 5a, 5b
      Layer{832, 256, 7, 1}, Layer{832, 160, 7, 1}, Layer{832, 32, 7, 1}, Layer{832, 128, 7, 1},
      Layer{160, 320, 7, 3}, Layer{32, 128, 7, 5}, Layer{832, 384, 7, 1}, Layer{832, 192, 7, 1},
      Layer{832, 48, 7, 1}, Layer{192, 384, 7, 3}, Layer{48, 128, 7, 5}>();
}
