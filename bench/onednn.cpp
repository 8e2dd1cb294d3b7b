// The convolutions of GoogLeNet beside oneDNN's, in one run.
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <dnnl.hpp>
#include <limits>
#include <unordered_map>

#include "googlenet_convolutions.hpp"
#include "machine.hpp"
#include "numbers.hpp"
#include "program.hpp"

namespace {

using namespace convexpr;

constexpr char purpose[] =
    "Times every convolution of GoogLeNet, with bias and ReLU, by this library and by oneDNN in\n"
    "turns: one thread, one example, everything hot, each library's operands in the layouts that "
    "it\n"
    "prefers. A ratio above 1 says that this library is faster; the total counts each layer as\n"
    "often as the network has it.";

/// One convolution of oneDNN, which chooses the algorithm and the layouts.
class OneDnnConvolution {
 public:
  OneDnnConvolution(const bench::ConvLayer& l, const dnnl::engine& engine)
      : description_(describe(l, engine)), primitive_(description_), stream_(engine) {
    bind(DNNL_ARG_SRC, description_.src_desc(), engine);
    bind(DNNL_ARG_WEIGHTS, description_.weights_desc(), engine);
    bind(DNNL_ARG_BIAS, description_.bias_desc(), engine);
    bind(DNNL_ARG_DST, description_.dst_desc(), engine);
  }

  void operator()() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }
  /// What oneDNN calls the code that it chose.
  const char* implementation() const { return description_.impl_info_str(); }

 private:
  static dnnl::convolution_forward::primitive_desc describe(const bench::ConvLayer& l,
                                                            const dnnl::engine& engine) {
    const auto of_any_layout = [](const dnnl::memory::dims& extents) {
      return dnnl::memory::desc(extents, dnnl::memory::data_type::f32,
                                dnnl::memory::format_tag::any);
    };
    const dnnl::memory::dim padding = l.kernel / 2;
    const dnnl::memory::dim after = (l.extent - 1) * l.stride + l.kernel - l.in_extent() - padding;
    const dnnl::convolution_forward::desc operation(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto,
        of_any_layout({1, l.in, l.in_extent(), l.in_extent()}),
        of_any_layout({l.out, l.in, l.kernel, l.kernel}), of_any_layout({l.out}),
        of_any_layout({1, l.out, l.extent, l.extent}), {l.stride, l.stride}, {padding, padding},
        {after, after});
    dnnl::post_ops relu;
    relu.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(relu);
    return {operation, attributes, engine};
  }

  void bind(int argument, const dnnl::memory::desc& layout, const dnnl::engine& engine) {
    dnnl::memory memory(layout, engine);
    bench::fill_with_numbers(
        {static_cast<float*>(memory.get_data_handle()), layout.get_size() / sizeof(float)});
    arguments_.emplace(argument, memory);
  }

  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward primitive_;
  dnnl::stream stream_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

/// Keeps oneDNN to this thread, where it was built with OpenMP; by name, because that is not always
/// the OpenMP of the compiler that builds this program.
void use_one_thread() {
  void* const found = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  if (found != nullptr) reinterpret_cast<void (*)(int)>(found)(1);
}

struct Summary {
  double ours = 0;
  double theirs = 0;
  double flop = 0;
  double log_ratios = 0;
  double lowest = std::numeric_limits<double>::infinity();
};

template <bench::ConvLayer L>
void measure(const dnnl::engine& engine, bench::PeakMeter& peak, Summary& sum) {
  bench::DirectConvolution<L> ours;
  OneDnnConvolution theirs(L, engine);
  const auto [mine, other] = bench::seconds_in_turns(peak, 0.05, ours, theirs);
  const double ratio = other / mine;
  sum.ours += L.count * mine;
  sum.theirs += L.count * other;
  sum.flop += L.count * L.flop();
  sum.log_ratios += L.count * std::log(ratio);
  sum.lowest = std::min(sum.lowest, ratio);
  std::printf("| %4d | %4d | %3d | %dx%d/%d | %d | %8.1f | %8.1f | %5.2f | %s |\n", L.in, L.out,
              L.extent, L.kernel, L.kernel, L.stride, L.count, mine * 1e6, other * 1e6, ratio,
              theirs.implementation());
  std::fflush(stdout);
}

void measure_all() {
  use_one_thread();
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const dnnl_version_t& version = *dnnl_version();
  std::printf("oneDNN %d.%d.%d.\n\n", version.major, version.minor, version.patch);
  std::puts(
      "| in | out | extent | kernel/stride | times | microseconds | oneDNN | ratio | oneDNN's code "
      "|");
  std::puts("|---:|---:|---:|---|---:|---:|---:|---:|---|");
  bench::PeakMeter peak;
  Summary sum;
  bench::for_each_convolution([&]<bench::ConvLayer L> { measure<L>(engine, peak, sum); });

  int count = 0;
  for (const bench::ConvLayer& l : bench::googlenet_convolutions) count += l.count;
  const auto percent = [&](double seconds) { return 1e-7 * sum.flop / seconds / peak.gflops(); };
  std::printf(
      "\n%d convolutions: %.2f ms (%.1f %% of peak), oneDNN %.2f ms (%.1f %%): ratio %.2f.\n",
      count, sum.ours * 1e3, percent(sum.ours), sum.theirs * 1e3, percent(sum.theirs),
      sum.theirs / sum.ours);
  std::printf("Geometric mean of the ratios %.2f, lowest %.2f.\n", std::exp(sum.log_ratios / count),
              sum.lowest);
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, purpose, measure_all); }
