// The ladder: which kernel runs a step of a plan.
//
// `choose` (network/choice.hpp) reduces a step to the few facts on which the choice of the code
// depends, so that steps with the same facts share one instance of `run_step`; sizes and strides stay
// run-time values.
// Next: kernels/conv2d_direct.hpp, where most of the time goes.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/graph/epilogue.hpp>
#include <convexpr/kernels/adaptive_pool2d.hpp>
#include <convexpr/kernels/avg_pool2d.hpp>
#include <convexpr/kernels/batch_norm2d.hpp>
#include <convexpr/kernels/conv2d_backward_weights.hpp>
#include <convexpr/kernels/conv_transpose2d.hpp>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/crop2d.hpp>
#include <convexpr/kernels/depthwise_conv2d.hpp>
#include <convexpr/kernels/dropout.hpp>
#include <convexpr/kernels/elementwise.hpp>
#include <convexpr/kernels/filter2d.hpp>
#include <convexpr/kernels/linear.hpp>
#include <convexpr/kernels/local_response_norm.hpp>
#include <convexpr/kernels/lp_pool2d.hpp>
#include <convexpr/kernels/max_pool2d.hpp>
#include <convexpr/kernels/max_pool2d_backward.hpp>
#include <convexpr/kernels/pad2d.hpp>
#include <convexpr/kernels/softmax.hpp>
#include <convexpr/kernels/sum.hpp>
#include <convexpr/kernels/upsample.hpp>
#include <convexpr/network/backward.hpp>
#include <convexpr/network/choice.hpp>
#include <convexpr/network/function.hpp>
#include <convexpr/network/sharing.hpp>
#include <convexpr/network/steps.hpp>
#include <convexpr/network/user_steps.hpp>

namespace convexpr::detail {

/// A maximum over a whole image is one over its only part.
constexpr bool pools_maxima_of_parts(Kind kind) {
  return kind == Kind::adaptive_max_pool2d || kind == Kind::global_max_pool2d;
}

/// Output channels to each input channel of a depthwise convolution, whichever way it goes.
constexpr int multiplier_of(const Operation& op) {
  return std::max(op.in.channels, op.out.channels) / op.groups;
}

/// A convolution with what rides on it.
template <Choice C, class F>
void run_conv2d(const Call& c) {
  const auto run = [&](auto function, const auto& operands) {
    using Epilogue = decltype(function);
    if constexpr (C.filtering.outputs > 0) {
      run_filtering<C.filtering, C.tile, C.role, C.strided, C.prepared, Epilogue>(c, operands);
    } else if constexpr (C.over_width > 0 && F::inputs == 1 && Epilogue::few_instructions) {
      kernels::conv2d_over_width<C.over_width, Epilogue>(c.whole_input(0), c.parameter(c.at.weight),
                                                         c.parameter(c.at.bias), c.output(),
                                                         geometry_of(c));
    } else {
      kernels::conv2d_direct<C.interleave, C.stride_w, C.tile, Epilogue, C.half_last_block>(
          c.whole_input(0), weights_of_part(c, c.parameter(c.at.weight)),
          c.of_channels(c.parameter(c.at.bias)), c.output(), geometry_of(c), operands);
    }
  };
  if constexpr (F::inputs == 1) {
    if constexpr (C.pool == kernels::TilePool{}) {
      run(F{}, kernels::NoOperands{});
    } else {
      run(kernels::PooledFunction<F, C.pool>{}, kernels::NoOperands{});
    }
  } else {
    using Epilogue = kernels::Epilogue<F, C.tensors, C.scalars>;
    if constexpr (C.pool == kernels::TilePool{}) {
      run(Epilogue{}, operands_of<Epilogue>(c));
    } else {
      run(kernels::PooledFunction<Epilogue, C.pool>{}, operands_of<Epilogue>(c));
    }
  }
}

/// A layer that applies what rides on it to its own result.
template <Choice C, class F, class Operands>
void run_carrier(const Call& c, const kernels::Maps& y, const Operands& operands) {
  [[maybe_unused]] const Operation& op = c.step.op;
  [[maybe_unused]] const float* const w = c.parameter(c.at.weight);
  [[maybe_unused]] const float* const b = c.of_channels(c.parameter(c.at.bias));
  if constexpr (C.kind == Kind::depthwise_conv2d) {
    kernels::depthwise_conv2d<C.stride_w, F>(c.input(0), depthwise_weights_of_part(c), b, y,
                                             op.window, multiplier_of(op), c.own_scratch(),
                                             operands);
  } else if constexpr (C.kind == Kind::conv_transpose2d) {
    kernels::conv_transpose2d<F>(c.whole_input(0), turned_weights_of_part(c, w), b, y,
                                 geometry_of(c), operands);
  } else if constexpr (C.kind == Kind::filter2d) {
    kernels::filter2d<C.stride_w, F>(c.input(0), op.taps, y, op.window, operands);
  } else if constexpr (C.kind == Kind::linear) {
    const std::ptrdiff_t own = std::ptrdiff_t{c.part.first_channel()} * op.in.channels;
    kernels::linear<F>(c.whole_input(0), w + own, b, y, operands);
  } else if constexpr (C.kind == Kind::batch_norm2d) {
    run_batch_norm<F>(c, y, operands);
  } else if constexpr (is_group_norm(C.kind)) {
    run_group_norm<F>(c, y, operands);
  } else {
    static_assert(C.kind == Kind::sum);
    std::array<kernels::ConstMaps, graph::most_summands> parts;
    const auto count = static_cast<std::size_t>(c.step.own_inputs);
    for (std::size_t i = 0; i < count; ++i) parts[i] = c.input(static_cast<int>(i));
    kernels::sum<F>(std::span(parts.data(), count), y, operands);
  }
}

template <Choice C, class F>
void run_forward(const Call& c) {
  [[maybe_unused]] const Operation& op = c.step.op;
  // Steps that give parameters' gradients alone have no output.
  [[maybe_unused]] const kernels::Maps y = c.step.output < 0 ? kernels::Maps{} : c.output();
  if constexpr (C.kind == Kind::elementwise) {
    run_elementwise<F, C.tensors, C.outputs, C.sums, C.scalars>(c);
  } else if constexpr (C.kind == Kind::conv2d) {
    run_conv2d<C, F>(c);
  } else if constexpr (graph::carries_function(C.kind)) {
    with_epilogue<F, C.tensors, C.scalars>(c, [&](auto function, const auto& operands) {
      run_carrier<C, decltype(function)>(c, y, operands);
    });
  } else if constexpr (C.kind == Kind::max_pool2d) {
    kernels::max_pool2d(c.input_of_all_rows(0), y, op.window, c.part.first_row);
  } else if constexpr (C.kind == Kind::avg_pool2d) {
    kernels::avg_pool2d(c.input(0), y, op.window, op.count_include_pad);
  } else if constexpr (C.kind == Kind::global_avg_pool2d) {
    kernels::global_avg_pool2d(c.input(0), y);
  } else if constexpr (C.kind == Kind::pad2d) {
    kernels::pad2d(c.input(0), y, op.window.padding, op.padding_mode);
  } else if constexpr (C.kind == Kind::lp_pool2d) {
    kernels::lp_pool2d(c.input(0), y, op.window, op.power);
  } else if constexpr (C.kind == Kind::adaptive_avg_pool2d) {
    kernels::adaptive_avg_pool2d(c.input(0), y);
  } else if constexpr (pools_maxima_of_parts(C.kind)) {
    kernels::adaptive_max_pool2d(c.input(0), y);
  } else if constexpr (C.kind == Kind::upsample_nearest) {
    kernels::upsample_nearest(c.input(0), y);
  } else if constexpr (C.kind == Kind::upsample_bilinear) {
    kernels::upsample_bilinear(c.input(0), y);
  } else if constexpr (C.kind == Kind::local_response_norm) {
    kernels::local_response_norm(c.input(0), y, {op.size, op.alpha, op.beta, op.k});
  } else if constexpr (C.kind == Kind::flatten) {
    kernels::flatten(c.input(0), y);
  } else if constexpr (C.kind == Kind::crop2d) {
    kernels::crop2d(c.input(0), y, -op.window.padding.top, -op.window.padding.left);
  } else if constexpr (C.kind == Kind::dropout) {
    kernels::dropout(c.input(0), y, op.probability, mask_seed(c), mask_begin(c));
  } else if constexpr (C.kind == Kind::dropout2d) {
    kernels::dropout2d(c.input(0), y, op.probability, mask_seed(c), mask_begin(c));
  } else if constexpr (C.kind == Kind::softmax) {
    kernels::softmax(c.input(0), y);
  } else if constexpr (C.kind == Kind::user) {
    run_user_layer(c, y);
  } else {
    static_assert(C.kind == Kind::log_softmax);
    kernels::log_softmax(c.input(0), y);
  }
}

/// The adjoint of a convolution's input, with what rides on it, by all members of a team.
template <Choice C, class F>
void run_conv2d_adjoint(const Call& c) {
  using E = Riding<F, C.tensors, C.scalars>;
  if constexpr (C.filtering.outputs > 0) {
    E::with(c, [&](auto function, const auto& operands) {
      run_filtering<C.filtering, C.tile, C.role, C.strided, C.prepared, decltype(function)>(
          c, operands);
    });
  } else if constexpr (C.pointwise) {
    run_pointwise_backward_data<C.stride_w, C.tile, C.half_last_block, E>(c);
  } else {
    run_conv2d_backward_data<E>(c);
  }
}

template <Choice C, class F>
void run_adjoint(const Call& c) {
  const Operation& op = c.step.op;
  const kernels::Maps dx = c.output();
  if constexpr (C.kind == Kind::conv2d) {
    run_conv2d_adjoint<C, F>(c);
  } else if constexpr (C.kind == Kind::depthwise_conv2d) {
    kernels::depthwise_conv2d_backward_data(c.input(0), depthwise_weights_of_part(c), dx, op.window,
                                            multiplier_of(op), c.own_scratch());
  } else if constexpr (C.kind == Kind::conv_transpose2d) {
    run_conv_transpose2d_backward_data<C.stride_w, C.tile, C.half_last_block>(c);
  } else if constexpr (C.kind == Kind::filter2d) {
    kernels::filter2d_backward(c.input(0), op.taps, dx, op.window);
  } else if constexpr (C.kind == Kind::linear) {
    const float* const w =
        c.parameter(c.at.weight) + std::ptrdiff_t{c.part.first_channel()} * simd::lanes;
    kernels::linear_backward_data(c.whole_input(0), w, dx, op.out.channels);
  } else if constexpr (C.kind == Kind::max_pool2d) {
    kernels::max_pool2d_backward(c.input(0), c.input(1), dx, op.window);
  } else if constexpr (C.kind == Kind::avg_pool2d) {
    kernels::avg_pool2d_backward(c.input(0), dx, op.window, op.count_include_pad);
  } else if constexpr (C.kind == Kind::global_avg_pool2d) {
    kernels::global_avg_pool2d_backward(c.input(0), dx);
  } else if constexpr (C.kind == Kind::pad2d) {
    kernels::pad2d_backward(c.input(0), dx, op.window.padding, op.padding_mode);
  } else if constexpr (C.kind == Kind::lp_pool2d) {
    kernels::lp_pool2d_backward(c.input(0), c.input(1), c.input(2), dx, op.window, op.power);
  } else if constexpr (C.kind == Kind::adaptive_avg_pool2d) {
    kernels::adaptive_avg_pool2d_backward(c.input(0), dx);
  } else if constexpr (pools_maxima_of_parts(C.kind)) {
    kernels::adaptive_max_pool2d_backward(c.input(0), c.input(1), dx);
  } else if constexpr (C.kind == Kind::upsample_nearest) {
    kernels::upsample_nearest_backward(c.input(0), dx);
  } else if constexpr (C.kind == Kind::upsample_bilinear) {
    kernels::upsample_bilinear_backward(c.input(0), dx);
  } else if constexpr (C.kind == Kind::batch_norm2d) {
    run_batch_norm_adjoint(c, dx);
  } else if constexpr (is_group_norm(C.kind)) {
    run_group_norm_adjoint(c, dx);
  } else if constexpr (C.kind == Kind::local_response_norm) {
    Riding<F, C.tensors, C.scalars>::with(c, [&](auto function, const auto& operands) {
      kernels::local_response_norm_backward<decltype(function)>(
          c.input(0), c.input(1), dx, {op.size, op.alpha, op.beta, op.k}, operands);
    });
  } else if constexpr (C.kind == Kind::flatten) {
    kernels::unflatten(c.input(0), dx);
  } else if constexpr (C.kind == Kind::crop2d) {
    kernels::crop2d_backward(c.input(0), dx, -op.window.padding.top, -op.window.padding.left);
  } else if constexpr (C.kind == Kind::dropout) {
    kernels::dropout(c.input(0), dx, op.probability, mask_seed(c), mask_begin(c));
  } else if constexpr (C.kind == Kind::dropout2d) {
    kernels::dropout2d(c.input(0), dx, op.probability, mask_seed(c), mask_begin(c));
  } else if constexpr (C.kind == Kind::softmax) {
    kernels::softmax_backward(c.input(0), c.input(1), dx);
  } else if constexpr (C.kind == Kind::user) {
    run_user_adjoint(c, dx);
  } else {
    static_assert(C.kind == Kind::log_softmax);
    kernels::log_softmax_backward(c.input(0), c.input(1), dx);
  }
}

template <Choice C>
void run_parameter_adjoint(const Call& c) {
  if constexpr (C.filtering.outputs > 0) {
    run_filtering_of_gradient<C.filtering>(c);
  } else if constexpr (C.kind == Kind::conv2d) {
    run_conv2d_backward_weights<C.runs>(c);
  } else if constexpr (C.kind == Kind::depthwise_conv2d) {
    const std::ptrdiff_t own =
        c.part.first_block * kernels::depthwise_block_stride(c.step.op.window.kernel);
    kernels::depthwise_conv2d_backward_weights(
        c.input(0), c.input(1), c.gradient(c.at.weight) + own, c.of_channels(c.gradient(c.at.bias)),
        c.step.op.window, multiplier_of(c.step.op), c.scratch());
  } else if constexpr (C.kind == Kind::conv_transpose2d) {
    kernels::conv_transpose2d_backward_weights<C.runs>(
        c.input(0), c.input(1), c.gradient(c.at.weight), c.gradient(c.at.bias), geometry_of(c),
        c.scratch());
  } else {
    const kernels::Maps x = c.whole_input(0);
    const std::ptrdiff_t own = std::ptrdiff_t{c.part.first_channel()} * x.channels;
    kernels::linear_backward_weights(x, c.input(1), c.gradient(c.at.weight) + own,
                                     c.of_channels(c.gradient(c.at.bias)));
  }
}

/// Runs one step, or a part of it: calls the kernel.
template <Choice C, class F>
void run_step(const Call& c) {
  if constexpr (C.action == graph::Action::copy_channels) {
    kernels::copy_channels(c.input(0), c.step.first_channel_x, c.output(), c.step.first_channel_y,
                           c.step.channels);
  } else if constexpr (C.role == graph::Role::forward) {
    run_forward<C, F>(c);
  } else if constexpr (C.role == graph::Role::adjoint) {
    run_adjoint<C, F>(c);
  } else {
    run_parameter_adjoint<C>(c);
  }
}

/// What transforms the weights of a filtering before it runs, and nullptr for all other steps.
template <Choice C>
constexpr TransformWeights* transform_of() {
  if constexpr (C.prepared) {
    return &transform_weights<C.filtering, C.role, C.strided>;
  } else {
    return nullptr;
  }
}

/// Floats of scratch that a direct convolution needs: its adjoints do.
constexpr std::size_t conv2d_scratch(const graph::Step& s, int examples) {
  const kernels::ConvGeometry g = geometry_of(s);
  if (s.role == graph::Role::adjoint) return kernels::conv2d_backward_data_scratch(g);
  if (s.role == graph::Role::forward || !kernels::gathers_pixels(g)) return 0;
  return static_cast<std::size_t>(examples) *
         kernels::gathered_size(g, {s.op.in.height, s.op.in.width});
}

/// Floats of scratch that a step's kernel needs for so many examples. `prepared`: what is made of
/// weights alone is there.
constexpr std::size_t scratch_of(const graph::Step& s, int examples, bool prepared) {
  if (s.tile_outputs > 0) return filtering_scratch(s, examples, prepared);
  const bool adjoint = s.role == graph::Role::adjoint;
  switch (s.op.kind) {
    case Kind::conv2d: return conv2d_scratch(s, examples);
    case Kind::conv_transpose2d:
      return s.role == graph::Role::forward ? 0 : kernels::conv_transpose2d_scratch(geometry_of(s));
    case Kind::depthwise_conv2d: {
      const Shape& y = s.role == graph::Role::forward ? s.op.out : s.op.in;
      return adjoint ? kernels::depthwise_conv2d_backward_scratch(multiplier_of(s.op),
                                                                  {s.op.out.height, s.op.out.width})
                     : kernels::depthwise_conv2d_scratch(s.op.window, multiplier_of(s.op),
                                                         {y.height, y.width});
    }
    case Kind::layer_norm:
    case Kind::group_norm:
    case Kind::instance_norm2d: return kernels::group_norm_scratch(s.op.in.channels);
    case Kind::user: return user_scratch(s);
    default: return 0;
  }
}

/// Floats of scratch that every member of a team needs for itself; the rest is shared.
constexpr std::size_t own_scratch_of(const graph::Step& s, int examples, bool prepared) {
  if (s.tile_outputs > 0) return own_filtering_scratch(s, examples, prepared);
  const bool own = s.op.kind == Kind::depthwise_conv2d || is_group_norm(s.op.kind);
  return own ? scratch_of(s, examples, prepared) : 0;
}

}  // namespace convexpr::detail
