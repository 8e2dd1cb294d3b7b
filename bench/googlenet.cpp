// GoogLeNet on one picture: how long, how near to the multiply-add peak, and where the time goes.
#include "../examples/architectures/googlenet.hpp"

#include <convexpr/train/initialize.hpp>
#include <cstdio>

#include "googlenet_convolutions.hpp"
#include "machine.hpp"
#include "numbers.hpp"
#include "program.hpp"
#include "steps.hpp"

namespace {

using namespace convexpr;

using GoogLeNet = Network<decltype(architectures::googlenet), Input<3, 224, 224>>;

// The table of convolutions, and the classifier behind them, are the network.
static_assert([] {
  double flop = 2.0 * 1024 * 1000;
  for (const bench::ConvLayer& l : bench::googlenet_convolutions) flop += l.count * l.flop();
  return flop == 2.0 * static_cast<double>(GoogLeNet::macs);
}());

constexpr char purpose[] =
    "Times GoogLeNet's inference on one picture of 224 x 224, random weights, one thread, beside\n"
    "the multiply-add peak of the same run; then every step of its plan on its own.";

void measure() {
  GoogLeNet net;
  initialize(net, {.seed = 1});
  GoogLeNet::InputBatch xs(1);
  bench::fill_with_numbers({xs.data(), GoogLeNet::InputBatch::example_size});

  bench::PeakMeter peak;
  bench::StepTimer<GoogLeNet, graph::Purpose{.lanes = simd::lanes}> steps(net, xs);
  const auto [forward, step_by_step] =
      bench::seconds_in_turns(peak, 2.0, [&] { net.forward(xs); }, [&] { steps.run(); });

  const double rate = 2e-9 * static_cast<double>(GoogLeNet::macs) / forward;
  std::printf("%.2f ms a picture, %.1f GFLOP/s, %.1f %% of the peak of %.1f GFLOP/s.\n\n",
              forward * 1e3, rate, 100 * rate / peak.gflops(), peak.gflops());
  steps.print(peak.gflops());
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, purpose, measure); }
