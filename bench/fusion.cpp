// What fusion is worth: the same networks with all passes and with none.
#include <convexpr/network/vjp.hpp>
#include <convexpr/train/initialize.hpp>
#include <cstdio>
#include <cstring>
#include <span>

#include "../examples/architectures/googlenet.hpp"
#include "machine.hpp"
#include "numbers.hpp"
#include "program.hpp"
#include "steps.hpp"

namespace {

using namespace convexpr;

constexpr Options none{.fuse_elementwise = false,
                       .attach_epilogues = false,
                       .fold_batch_norm = false,
                       .fuse_pooling = false,
                       .merge_siblings = false,
                       .place_concats = false,
                       .overwrite = false,
                       .search_placement = false};

constexpr char purpose[] =
    "Times networks with all passes and with none, in turns, one thread: chains of elementwise\n"
    "functions beside a copy of as many bytes, a convolution with what follows it, the inception\n"
    "block 3a, and GoogLeNet forward and in training.";

// Cheap functions, none of which does away with another.
struct Scale {
  constexpr auto operator()(auto x) const { return 0.75F * x + 0.1F; }
};
struct Clamp {
  constexpr auto operator()(auto x) const { return min(max(x, -2.0F), 3.0F); }
};
constexpr auto pair = elementwise<Scale{}> | elementwise<Clamp{}>;

template <int Functions>
using Chain = decltype(repeat<Functions / 2>(pair));

template <class Architecture, class In, Options O>
using Steps = bench::StepTimer<Network<Architecture, In, O>,
                               graph::Purpose{.lanes = simd::lanes, .options = O}>;

// The steps alone: what comes in lies in the arena already.
template <class Architecture, class In, Options O>
struct Runner {
  using Net = Network<Architecture, In, O>;
  Runner() : xs(1), steps((initialize(net, {.seed = 1}), net), xs) {
    bench::fill_with_numbers({xs.data(), Net::InputBatch::example_size});
    steps.put_input();
  }
  Net net;
  typename Net::InputBatch xs;
  Steps<Architecture, In, O> steps;
};

template <int Functions, class In>
void chain(const char* where, double copy_rate) {
  Runner<Chain<Functions>, In, Options{}> fused;
  Runner<Chain<Functions>, In, none> apart;
  bench::PeakMeter peak;
  const auto [one, several] = bench::seconds_in_turns(
      peak, 0.3, [&] { fused.steps.run_steps(); }, [&] { apart.steps.run_steps(); });
  const double bytes = 2.0 * sizeof(float) * static_cast<double>(In::shape.size());
  std::printf("| %s | %d | %.2f | %.1f | %.0f |\n", where, Functions, several / one,
              bytes / one * 1e-9, 100 * bytes / one * 1e-9 / copy_rate);
}

template <class In>
void chains(const char* where) {
  AlignedBuffer<float> from(In::shape.size());
  AlignedBuffer<float> to(In::shape.size());
  bench::fill_with_numbers(from.span());
  bench::PeakMeter peak;
  const auto [copy] = bench::seconds_in_turns(
      peak, 0.3, [&] { std::memcpy(to.data(), from.data(), In::shape.size() * sizeof(float)); });
  const double rate = 2.0 * sizeof(float) * static_cast<double>(In::shape.size()) / copy * 1e-9;
  chain<2, In>(where, rate);
  chain<4, In>(where, rate);
  chain<8, In>(where, rate);
}

template <class Architecture, class In>
void forward(const char* what) {
  Runner<Architecture, In, Options{}> fused;
  Runner<Architecture, In, none> apart;
  bench::PeakMeter peak;
  const auto [one, several] = bench::seconds_in_turns(
      peak, 1.0, [&] { fused.net.forward(fused.xs); }, [&] { apart.net.forward(apart.xs); });
  std::printf("| %s | %zu | %zu | %.1f | %.2f |\n", what, decltype(fused)::Net::plan.steps.size(),
              decltype(apart)::Net::plan.steps.size(), one * 1e6, several / one);
}

template <class Architecture, class In>
void training(const char* what, std::size_t examples) {
  using Fused = Network<Architecture, In>;
  using Apart = Network<Architecture, In, none>;
  Fused fused;
  initialize(fused, {.seed = 1});
  Apart apart(fused);
  typename Fused::InputBatch xs(examples);
  typename Fused::OutputBatch dys(examples);
  bench::fill_with_numbers({xs.data(), xs.size() * Fused::InputBatch::example_size});
  bench::fill_with_numbers({dys.data(), dys.size() * Fused::OutputBatch::example_size});
  Backpropagation<Fused, Mode::training, InputGradient::skip> one_pass;
  Backpropagation<Apart, Mode::training, InputGradient::skip> other_pass;
  bench::PeakMeter peak;
  const auto [one, several] = bench::seconds_in_turns(
      peak, 2.0,
      [&] {
        one_pass.forward(fused, xs);
        one_pass.backward(fused, dys);
      },
      [&] {
        other_pass.forward(apart, xs);
        other_pass.backward(apart, dys);
      });
  std::printf("| %s | | | %.1f | %.2f |\n", what, one * 1e6, several / one);
}

void measure() {
  std::puts("| chain in | functions | apart / fused | GB/s | % of a copy |");
  std::puts("|---|---:|---:|---:|---:|");
  chains<Input<16, 8, 16>>("L1 (8 KB)");
  chains<Input<16, 64, 64>>("L2 (256 KB)");
  chains<Input<16, 1024, 1024>>("memory (64 MB)");
  std::puts("\n| network | steps | apart | microseconds | apart / fused |");
  std::puts("|---|---:|---:|---:|---:|");
  forward<decltype(conv2d<64, {.kernel = 1}> | relu), Input<64, 56, 56>>("1x1 64->64, relu");
  forward<decltype(conv2d<64, {.kernel = 3, .padding = 1}> | batch_norm2d<> | relu),
          Input<64, 56, 56>>("3x3 64->64, batch norm, relu");
  forward<decltype(residual(conv2d<64, {.kernel = 3, .padding = 1}> | batch_norm2d<>) | relu),
          Input<64, 56, 56>>("3x3 64->64, batch norm, sum, relu");
  forward<decltype(conv2d<16, {.kernel = 3, .padding = 1}> | relu | max_pool2d<{.kernel = 2}>),
          Input<16, 56, 56>>("3x3 16->16, relu, pool");
  forward<decltype(architectures::inception<64, 96, 128, 16, 32, 32>), Input<192, 28, 28>>(
      "inception 3a");
  using GoogLeNet = decltype(architectures::googlenet);
  forward<GoogLeNet, Input<3, 224, 224>>("GoogLeNet");
  training<GoogLeNet, Input<3, 224, 224>>("GoogLeNet, training, 4 images", 4);
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, purpose, measure); }
