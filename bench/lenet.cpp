// LeNet-5: inference of one picture, and a training step of a batch.
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/micro_batch.hpp>
#include <convexpr/train/sgd.hpp>
#include <vector>

#include "../examples/architectures/lenet5.hpp"
#include "report.hpp"
#include "steps.hpp"

namespace convexpr::bench {

namespace {

using LeNet = Network<decltype(architectures::lenet5), Input<1, 28, 28>>;
constexpr graph::Purpose inference{.lanes = simd::lanes};
constexpr graph::Purpose training{Mode::training, true, false, simd::lanes};
constexpr std::size_t batch = 64;

/// Prints a row, and the steps where they are to be read.
template <class Steps>
void print_times(Report& report, const char* what, std::size_t examples, double seconds,
                 const Spread& share, Steps& steps, std::string& where) {
  in_turns(report.peak, {.enough = 0.1}, [&] { steps.run(); });
  print(report.text, "| %s | %zu | %.1f | %s |\n", what, examples, 1e6 * seconds,
        text_of(share).c_str());
  print(where, "\nIts steps, %s:\n\n", what);
  steps.print(where, report.peak.gflops());
}

void run(Report& report) {
  LeNet net;
  initialize(net, {.seed = 1});
  LeNet::InputBatch xs(batch);
  fill_with_numbers({xs.data(), batch * LeNet::InputBatch::example_size});
  LeNet::InputBatch one(1);
  fill_with_numbers({one.data(), LeNet::InputBatch::example_size});
  std::vector<int> labels(batch);
  for (std::size_t i = 0; i < batch; ++i) labels[i] = static_cast<int>(i % 10);

  // A training step as `fit` makes it: in micro-batches, and with all examples at once.
  Sgd<LeNet> sgd(net, {.learning_rate = 1e-3F, .momentum = 0.9F});
  using StepGradient = convexpr::detail::BatchGradient<LeNet>;
  StepGradient in_parts(0, batch, 0);
  StepGradient at_once(batch, batch, 0);
  const auto train = [&](StepGradient& gradient) {
    gradient.find(net, xs, labels, 0);
    sgd.step(net, gradient.gradient());
  };

  print(report.text,
        "\n## LeNet-5\n\n"
        "A training step: forward, loss, backward, stochastic gradient descent.\n\n"
        "| what | examples | microseconds | floor / time |\n|---|---:|---:|---:|\n");
  StepTimer<LeNet, inference> inference_steps(net, one);
  StepTimer<LeNet, training> training_steps(net, xs);
  std::string where;
  // Inference has turns of its own: a training step would empty the caches for it.
  const auto forward =
      in_turns(report.peak, {.enough = 0.2, .warm = true}, [&] { net.forward(one); });
  print_times(report, "forward", 1, forward.seconds(0),
              forward.share_of_peak(0, flop_of_plan(inference_steps.plan)), inference_steps, where);
  const auto training_turns =
      in_turns(report.peak, {.enough = 1.0}, [&] { train(in_parts); }, [&] { train(at_once); });
  const double flop = flop_of_plan(training_steps.plan) * static_cast<double>(batch);
  print(report.text, "| training step in micro-batches of %zu | %zu | %.1f | %s |\n",
        in_parts.micro_batch(), batch, 1e6 * training_turns.seconds(0),
        text_of(training_turns.share_of_peak(0, flop)).c_str());
  print_times(report, "training step, all at once", batch, training_turns.seconds(1),
              training_turns.share_of_peak(1, flop), training_steps, where);
  print(report.text, "\nAll at once, a training step takes %s times as long as in micro-batches.\n",
        text_of(training_turns.ratio(1, 0)).c_str());
  report.text += where + "\n";
}

const Registered here({30, "LeNet-5", run});

}  // namespace

}  // namespace convexpr::bench
