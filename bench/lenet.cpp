// LeNet-5: inference of one picture, and a training step of a batch.
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/loss.hpp>
#include <convexpr/train/sgd.hpp>
#include <cstdio>
#include <vector>

#include "../examples/architectures/lenet5.hpp"
#include "machine.hpp"
#include "numbers.hpp"
#include "program.hpp"
#include "steps.hpp"

namespace {

using namespace convexpr;

using LeNet = Network<decltype(architectures::lenet5), Input<1, 28, 28>>;
constexpr graph::Purpose inference{.lanes = simd::lanes};
constexpr graph::Purpose training{Mode::training, true, false, simd::lanes};

constexpr std::size_t batch = 64;

constexpr char purpose[] =
    "Times LeNet-5 on pictures of 28 x 28, one thread: inference of one, and a training step of\n"
    "64 (forward, loss, backward, stochastic gradient descent); then every step of both plans.";

template <class Steps>
void report(const char* what, double seconds, std::size_t examples, double peak,
            const Steps& steps) {
  const double flop = bench::flop_of_plan(Steps::plan) * static_cast<double>(examples);
  const double rate = flop / seconds * 1e-9;
  std::printf("%s: %.1f microseconds, %.1f GFLOP/s, %.1f %% of the peak of %.1f GFLOP/s.\n\n", what,
              seconds * 1e6, rate, 100 * rate / peak, peak);
  steps.print(peak);
  std::puts("");
}

void measure() {
  LeNet net;
  initialize(net, {.seed = 1});
  LeNet::InputBatch xs(batch);
  bench::fill_with_numbers({xs.data(), batch * LeNet::InputBatch::example_size});
  LeNet::InputBatch one(1);
  bench::fill_with_numbers({one.data(), LeNet::InputBatch::example_size});
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

  bench::PeakMeter peak;
  bench::StepTimer<LeNet, inference> inference_steps(net, one);
  bench::StepTimer<LeNet, training> training_steps(net, xs);
  const auto [forward, training_step, i, t] = bench::seconds_in_turns(
      peak, 0.05, [&] { net.forward(one); }, train, [&] { inference_steps.run(); },
      [&] { training_steps.run(); });

  report("Inference of 1 picture", forward, 1, peak.gflops(), inference_steps);
  report("Training step of 64 pictures", training_step, batch, peak.gflops(), training_steps);
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, purpose, measure); }
