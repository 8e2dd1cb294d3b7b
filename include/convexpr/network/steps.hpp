// Steps whose kernels need more than their operands: normalisations and dropout.
#pragma once

#include <convexpr/kernels/batch_norm2d.hpp>
#include <convexpr/kernels/group_norm.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

/// A seed of its own for each layer's mask, the same in both directions.
inline std::uint64_t mask_seed(const Call& c) {
  return c.frame.seed + 0x9E3779B97F4A7C15U * static_cast<std::uint64_t>(c.step.layer + 1);
}

/// Where the counters of a mask stand for the first channel of the part.
inline std::uint64_t mask_begin(const Call& c) {
  const std::uint64_t first =
      c.frame.first_example + static_cast<std::uint64_t>(c.part.first_example);
  return first * static_cast<std::uint64_t>(c.step.op.out.channels) +
         static_cast<std::uint64_t>(c.part.first_channel());
}

/// The statistics that a batch norm uses: the batch's own, or the running ones.
struct Statistics {
  const float* mean;
  const float* variance;
};

inline Statistics statistics_of(const Call& c) {
  if (c.step.batch_statistics) {
    return {c.of_channels(c.frame.statistics + c.at.batch_mean),
            c.of_channels(c.frame.statistics + c.at.batch_variance)};
  }
  const float* running = c.frame.parameters + c.at.statistics;
  return {c.of_channels(running + c.at.mean), c.of_channels(running + c.at.variance)};
}

template <class F, class Operands>
void run_batch_norm(const Call& c, const kernels::Maps& y, const Operands& operands) {
  const kernels::Maps x = c.input(0);
  const Operation& op = c.step.op;
  if (c.step.batch_statistics) {
    float* mean = c.of_channels(c.frame.statistics + c.at.batch_mean);
    float* variance = c.of_channels(c.frame.statistics + c.at.batch_variance);
    kernels::batch_norm2d_statistics(x, mean, variance);
    if (c.frame.running_statistics != nullptr) {
      const std::ptrdiff_t count = std::ptrdiff_t{x.examples} * x.height * x.width;
      kernels::batch_norm2d_update_running(
          x.channels, count, mean, variance, op.momentum,
          c.of_channels(c.frame.running_statistics + c.at.mean),
          c.of_channels(c.frame.running_statistics + c.at.variance));
    }
  }
  const Statistics s = statistics_of(c);
  kernels::batch_norm2d_inference<F>(x, y, c.of_channels(c.parameter(c.at.weight)),
                                     c.of_channels(c.parameter(c.at.bias)), s.mean, s.variance,
                                     op.epsilon, operands);
}

inline void run_batch_norm_adjoint(const Call& c, const kernels::Maps& dx) {
  const Statistics s = statistics_of(c);
  const auto adjoint = c.step.batch_statistics ? kernels::batch_norm2d_backward_training
                                               : kernels::batch_norm2d_backward_inference;
  adjoint(c.input(0), c.input(1), dx, c.of_channels(c.parameter(c.at.weight)), s.mean, s.variance,
          c.step.op.epsilon, c.of_channels(c.gradient(c.at.weight)),
          c.of_channels(c.gradient(c.at.bias)));
}

/// Layer, group and instance norm: a weight for each element, for each channel, or none.
inline bool has_weights_per_element(const Call& c) {
  return c.step.op.kind == Kind::layer_norm && c.step.op.affine;
}

template <class F, class Operands>
void run_group_norm(const Call& c, const kernels::Maps& y, const Operands& operands) {
  const Operation& op = c.step.op;
  const float* const w = c.parameter(c.at.weight);
  const float* const b = c.parameter(c.at.bias);
  if (has_weights_per_element(c)) {
    using Weight = kernels::PerElement;
    kernels::group_norm<F>(c.input(0), y, op.groups, op.epsilon, Weight{w, y.height, y.width},
                           Weight{b, y.height, y.width}, c.own_scratch(), operands);
  } else {
    using Weight = kernels::PerChannel;
    kernels::group_norm<F>(c.input(0), y, op.groups, op.epsilon, Weight{w, 1}, Weight{b, 0},
                           c.own_scratch(), operands);
  }
}

inline void run_group_norm_adjoint(const Call& c, const kernels::Maps& dx) {
  const float* const w = c.parameter(c.at.weight);
  const auto run = [&](const auto& weight) {
    kernels::group_norm_backward(c.input(0), c.input(1), dx, c.step.op.groups, c.step.op.epsilon,
                                 weight, c.gradient(c.at.weight), c.gradient(c.at.bias),
                                 c.own_scratch());
  };
  if (has_weights_per_element(c)) {
    run(kernels::PerElement{w, dx.height, dx.width});
  } else {
    run(kernels::PerChannel{w, 1});
  }
}

}  // namespace convexpr::detail
