// What a second thread is worth: GoogLeNet and LeNet-5 on one thread and on all of the machine.
#include <algorithm>
#include <array>
#include <convexpr/network/threads.hpp>
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/loss.hpp>
#include <convexpr/train/sgd.hpp>
#include <cstdio>
#include <limits>
#include <thread>
#include <vector>

#include "../examples/architectures/googlenet.hpp"
#include "../examples/architectures/lenet5.hpp"
#include "machine.hpp"
#include "numbers.hpp"
#include "program.hpp"
#include "steps.hpp"

namespace {

using namespace convexpr;

using GoogLeNet = Network<decltype(architectures::googlenet), Input<3, 224, 224>>;
using LeNet = Network<decltype(architectures::lenet5), Input<1, 28, 28>>;

constexpr char purpose[] =
    "Times passes of GoogLeNet and LeNet-5 on one thread and on as many as the machine has, in\n"
    "turns, and prints the shortest time of each on the wall clock. On a busy machine few of many\n"
    "turns have all threads to themselves.";

/// The shortest times of a call on one thread and on `many`.
struct Times {
  double one = std::numeric_limits<double>::infinity();
  double several = std::numeric_limits<double>::infinity();
};

template <class F>
double seconds_of_call(F&& run) {
  const double start = bench::seconds_of(CLOCK_MONOTONIC);
  run();
  return bench::seconds_of(CLOCK_MONOTONIC) - start;
}

template <class F>
void report(const char* what, int many, double enough, F&& run) {
  Times times;
  const double start = bench::seconds_of(CLOCK_MONOTONIC);
  run();
  do {
    {
      const ThreadsScope scope(1);
      times.one = std::min(times.one, seconds_of_call(run));
    }
    const ThreadsScope scope(many);
    run();  // wakes the threads
    for (int i = 0; i < 3; ++i) times.several = std::min(times.several, seconds_of_call(run));
  } while (bench::seconds_of(CLOCK_MONOTONIC) - start < enough);
  std::printf("| %s | %.3f | %.3f | %.2f |\n", what, times.one * 1e3, times.several * 1e3,
              times.one / times.several);
  std::fflush(stdout);
}

/// Forward of one example and of a batch, and a pass forward and backward over a batch.
template <class Net>
void measure(const char* name, int many, std::size_t examples, double enough) {
  Net net;
  initialize(net, {.seed = 1});
  typename Net::InputBatch xs(examples);
  bench::fill_with_numbers({xs.data(), examples * Net::InputBatch::example_size});
  typename Net::OutputBatch dys(examples);
  bench::fill_with_numbers({dys.data(), examples * Net::OutputBatch::example_size});
  const auto row = [&](const char* what, std::size_t count) {
    return std::string(name) + ", " + what + " of " + std::to_string(count);
  };
  report(row("forward", 1).c_str(), many, enough, [&] { net.forward(xs[0]); });
  report(row("forward", examples).c_str(), many, enough, [&] { net.forward(xs); });
  Backpropagation<Net, Mode::training, InputGradient::skip> pass;
  report(row("training pass", examples).c_str(), many, enough, [&] {
    pass.forward(net, xs);
    pass.backward(net, dys);
  });
}

/// Every step of a plan for itself, which few things disturb.
template <class Net, graph::Purpose P>
void measure_steps(const char* what, int many, std::size_t examples, double enough) {
  Net net;
  initialize(net, {.seed = 1});
  typename Net::InputBatch xs(examples);
  bench::fill_with_numbers({xs.data(), examples * Net::InputBatch::example_size});
  bench::StepTimer<Net, P> steps(net, xs);
  const double start = bench::seconds_of(CLOCK_MONOTONIC);
  do {
    steps.run_in_team(1);
    steps.run_in_team(many);
  } while (bench::seconds_of(CLOCK_MONOTONIC) - start < enough);
  std::printf("\n%s, %d threads:\n\n", what, many);
  steps.print_ratios();
  std::fflush(stdout);
}

void measure_all() {
  const int many = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  std::printf("| | 1 thread, ms | %d threads, ms | ratio |\n|---|---:|---:|---:|\n", many);
  measure<LeNet>("LeNet-5", many, 64, 5);
  measure<GoogLeNet>("GoogLeNet", many, 8, 30);
  constexpr graph::Purpose inference{.lanes = simd::lanes};
  constexpr graph::Purpose training{Mode::training, true, false, simd::lanes};
  measure_steps<GoogLeNet, inference>("Forward of 1", many, 1, 20);
  measure_steps<GoogLeNet, training>("Training pass of 8", many, 8, 60);
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, purpose, measure_all); }
