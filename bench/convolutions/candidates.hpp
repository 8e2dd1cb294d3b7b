// Convolutions as the library runs them: networks of one layer, whose plans choose the kernels.
#pragma once

#include <array>
#include <convexpr/layers/activation.hpp>
#include <convexpr/layers/conv2d.hpp>
#include <convexpr/layers/depthwise_conv2d.hpp>
#include <utility>

#include "../plan_runner.hpp"
#include "layer.hpp"

namespace convexpr::bench {

template <ConvLayer L>
constexpr auto one_layer() {
  if constexpr (L.depthwise) {
    return depthwise_conv2d<{.kernel = L.kernel, .stride = L.stride, .padding = L.padding()}>;
  } else {
    return conv2d<L.out, {.kernel = L.kernel, .stride = L.stride, .padding = L.padding()}>;
  }
}

/// The one step of a plan in a role.
template <ConvLayer L, class Architecture, graph::Purpose P>
class PlannedConvolution final : public Convolution {
  using Runner = PlanRunner<Architecture, shape(L.in, L.in_extent(), L.in_extent()), P>;

 public:
  PlannedConvolution(graph::Role role, std::size_t examples) : runner_(examples) {
    while (Runner::plan.steps[step_].role != role) ++step_;
  }
  void run() override { runner_.run_step(step_); }
  std::string algorithm() const override { return algorithm_of(Runner::plan.steps[step_]); }

 private:
  Runner runner_;
  std::size_t step_ = 0;
};

template <ConvLayer L>
Candidate candidate() {
  return {L,
          [](std::size_t examples) -> std::unique_ptr<Convolution> {
            constexpr auto architecture = one_layer<L>() | relu;
            using Forward = PlannedConvolution<L, std::remove_cv_t<decltype(architecture)>,
                                               graph::Purpose{.lanes = simd::lanes}>;
            return std::make_unique<Forward>(graph::Role::forward, examples);
          },
          [](Direction d, std::size_t examples) -> std::unique_ptr<Convolution> {
            using Backward =
                PlannedConvolution<L, decltype(one_layer<L>()),
                                   graph::Purpose{Mode::training, true, true, simd::lanes}>;
            const graph::Role role = d == Direction::backward_data ? graph::Role::adjoint
                                                                   : graph::Role::parameter_adjoint;
            return std::make_unique<Backward>(role, examples);
          }};
}

/// Those of a table.
template <const auto& Table>
std::vector<Candidate> candidates() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<Candidate>{candidate<Table[I]>()...};
  }(std::make_index_sequence<Table.size()>{});
}

/// Multiply-accumulates of a table, each layer as often as the network has it.
template <std::size_t N>
constexpr double macs_of(const std::array<ConvLayer, N>& table) {
  double sum = 0;
  for (const ConvLayer& l : table) sum += l.count * l.macs();
  return sum;
}

/// Those of a whole network, with its products.
template <class Architecture>
constexpr double macs_of(Shape in) {
  return static_cast<double>(graph::macs(graph::build<std::remove_cv_t<Architecture>>(in)));
}

}  // namespace convexpr::bench
