// The elementwise function of a step as a type, and what it reads.
#pragma once

#include <array>
#include <convexpr/expr/function.hpp>
#include <convexpr/graph/plan.hpp>
#include <convexpr/kernels/elementwise.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

template <const auto& Plan, int Number>
struct StepFunctionOf {
  static constexpr const expr::Formula& formula = Plan.formulas[Number];
  using type = expr::Function<expr::program_of<formula>()>;
};
template <const auto& Plan>
struct StepFunctionOf<Plan, -1> {
  using type = expr::Identity;
};

/// The function of number `Number` in a plan's formulas; -1 leaves its input as it is.
template <const auto& Plan, int Number>
using StepFunction = typename StepFunctionOf<Plan, Number>::type;

/// The numbers that a step's function reads, which begin with its uses.
template <std::size_t Count>
std::array<kernels::ChannelValues, Count> channel_values(const Call& c) {
  std::array<kernels::ChannelValues, Count> values;
  for (std::size_t i = 0; i < Count; ++i) {
    const UsePlace& u = c.uses[static_cast<std::size_t>(c.step.first_use) + i];
    const float* const all = c.frame.parameters + u.offset;
    values[i] = {u.per_channel ? c.of_channels(all) : all, u.per_channel};
  }
  return values;
}

/// Where the gradients go that a step gives, which end its uses.
template <std::size_t Count>
std::array<kernels::ChannelSums, Count> channel_sums(const Call& c) {
  std::array<kernels::ChannelSums, Count> sums;
  const int first = c.step.first_use + c.step.use_count - c.step.gradient_uses;
  for (std::size_t i = 0; i < Count; ++i) {
    const UsePlace& u = c.uses[static_cast<std::size_t>(first) + i];
    float* const all = c.gradient(u.offset);
    sums[i] = {u.per_channel ? c.of_channels(all) : all, u.per_channel};
  }
  return sums;
}

/// An elementwise step: all that it reads, one pass, all that it gives.
template <class F, int Tensors, int Outputs, int Sums, bool Scalars>
void run_elementwise(const Call& c) {
  std::array<kernels::ConstMaps, Tensors> xs;
  std::array<kernels::Maps, Outputs> ys;
  for (int i = 0; i < Tensors; ++i) xs[static_cast<std::size_t>(i)] = c.input(i);
  for (int i = 0; i < Outputs; ++i) ys[static_cast<std::size_t>(i)] = c.output(i);
  kernels::elementwise<F, Scalars>(xs, channel_values<F::inputs - Tensors>(c), ys,
                                   channel_sums<Sums>(c));
}

/// What the epilogue of a step reads besides the step's own result.
template <class E>
kernels::EpilogueOperands<E> operands_of(const Call& c) {
  std::array<kernels::ConstMaps, E::tensors> maps;
  for (int i = 0; i < E::tensors; ++i) {
    maps[static_cast<std::size_t>(i)] = c.input(c.step.own_inputs + i);
  }
  return {maps, channel_values<E::channels>(c)};
}

/// What rides on a step: F of the step's own result, of `Tensors` maps beside, and of parameters.
template <class F, int Tensors, bool Scalars>
struct Riding {
  /// Calls run(function, operands) for a call, or a part of it.
  template <class Run>
  static void with(const Call& c, Run run) {
    if constexpr (F::inputs == 1) {
      run(F{}, kernels::NoOperands{});
    } else {
      using E = kernels::Epilogue<F, Tensors, Scalars>;
      run(E{}, operands_of<E>(c));
    }
  }
};

template <class F, int Tensors, bool Scalars, class Run>
void with_epilogue(const Call& c, Run run) {
  Riding<F, Tensors, Scalars>::with(c, run);
}

}  // namespace convexpr::detail
