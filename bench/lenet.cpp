// LeNet-5: inference of one picture, and a training step of a batch.
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/loss.hpp>
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

// Each kind of call has turns of its own: a training step would empty the caches for inference.
template <class Steps, class F>
void measure(Report& report, const char* what, std::size_t examples, Steps& steps, F&& work,
             std::string& where) {
  const auto whole = in_turns(report.peak, {.enough = 0.2, .warm = true}, std::forward<F>(work));
  in_turns(report.peak, {.enough = 0.1}, [&] { steps.run(); });
  const double flop = flop_of_plan(Steps::plan) * static_cast<double>(examples);
  print(report.text, "| %s | %zu | %.1f | %s |\n", what, examples, 1e6 * whole.seconds(0),
        text_of(whole.share_of_peak(0, flop)).c_str());
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

  Backpropagation<LeNet, Mode::training, InputGradient::skip> pass;
  Sgd<LeNet> sgd(net, {.learning_rate = 1e-3F, .momentum = 0.9F});
  LeNet::OutputBatch dlogits;
  const auto train = [&] {
    softmax_cross_entropy(pass.forward(net, xs), labels, dlogits);
    pass.backward(net, dlogits);
    sgd.step(net, pass.gradient());
  };

  print(report.text,
        "\n## LeNet-5\n\n"
        "A training step: forward, loss, backward, stochastic gradient descent.\n\n"
        "| what | examples | microseconds | floor / time |\n|---|---:|---:|---:|\n");
  StepTimer<LeNet, inference> inference_steps(net, one);
  StepTimer<LeNet, training> training_steps(net, xs);
  std::string where;
  measure(report, "forward", 1, inference_steps, [&] { net.forward(one); }, where);
  measure(report, "training step", batch, training_steps, train, where);
  report.text += where + "\n";
}

const Registered here({30, "LeNet-5", run});

}  // namespace

}  // namespace convexpr::bench
