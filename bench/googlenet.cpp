// GoogLeNet whole, in inference and in training, and where the time of inference goes.
#include "../examples/architectures/googlenet.hpp"

#include <convexpr/network/vjp.hpp>
#include <convexpr/train/initialize.hpp>

#include "report.hpp"
#include "steps.hpp"

namespace convexpr::bench {

namespace {

using GoogLeNet = Network<decltype(architectures::googlenet), Input<3, 224, 224>>;

/// `flop`: two for each multiply-accumulate, and in training as many again for either gradient.
template <class F>
void row(Report& report, const char* what, int threads, std::size_t examples, double flop,
         F&& work) {
  const auto turns =
      in_turns(report.peak, {.enough = 2.0, .fewest = 7, .warm = true}, std::forward<F>(work));
  const double n = static_cast<double>(examples);
  print(report.text, "| %s | %zu | %d | %.2f | %.1f | %s |\n", what, examples, threads,
        1e3 * turns.seconds(0), n / turns.seconds(0),
        text_of(turns.share_of_peak(0, n * flop)).c_str());
}

void rows(Report& report, GoogLeNet& net, int threads) {
  constexpr double flop = 2.0 * static_cast<double>(GoogLeNet::macs);
  constexpr std::size_t batch = 16;
  GoogLeNet::InputBatch one(1);
  GoogLeNet::InputBatch xs(batch);
  GoogLeNet::OutputBatch dys(batch);
  fill_with_numbers({one.data(), GoogLeNet::InputBatch::example_size});
  fill_with_numbers({xs.data(), batch * GoogLeNet::InputBatch::example_size});
  fill_with_numbers({dys.data(), batch * GoogLeNet::OutputBatch::example_size});
  row(report, "forward", threads, 1, flop, [&] { net.forward(one); });
  row(report, "forward", threads, batch, flop, [&] { net.forward(xs); });
  Backpropagation<GoogLeNet, Mode::training, InputGradient::skip> pass;
  row(report, "forward and backward", threads, batch, 3 * flop, [&] {
    pass.forward(net, xs);
    pass.backward(net, dys);
  });
}

void run(Report& report) {
  print(report.text,
        "## GoogLeNet\n\n"
        "The floor is the time that the multiply-adds of direct convolutions take at the peak of "
        "one\n"
        "thread, three times in training; floor / time passes 1 where Winograd's filtering saves "
        "them.\n\n"
        "| what | examples | threads | milliseconds | examples a second | floor / time |\n"
        "|---|---:|---:|---:|---:|---:|\n");
  GoogLeNet net;
  initialize(net, {.seed = 1});
  rows(report, net, 1);  // a second call, with two threads, belongs here

  GoogLeNet::InputBatch one(1);
  fill_with_numbers({one.data(), GoogLeNet::InputBatch::example_size});
  StepTimer<GoogLeNet, graph::Purpose{.lanes = simd::lanes}> steps(net, one);
  in_turns(report.peak, {.enough = 1.0, .fewest = 7}, [&] { steps.run(); });
  print(report.text, "\nWhere the time of inference goes, one example:\n\n");
  steps.print(report.text, report.peak.gflops());
}

const Registered here({20, "GoogLeNet", run});

}  // namespace

}  // namespace convexpr::bench
