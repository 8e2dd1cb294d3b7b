// One-dimensional convolution.
#pragma once

#include <convexpr/layers/conv2d.hpp>

namespace convexpr {

/// Options of `Conv1d`, with PyTorch's defaults; the kernel has none.
struct Conv1dOptions {
  int kernel = detail::not_given;
  int stride = 1;
  Padding1 padding{0};  // one number, {left, right}, or `same`
  int dilation = 1;
  int groups = 1;
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
  bool exact_fit = false;  // refuse a stride that skips elements at the end
};

/// 1-D cross-correlation of a sequence, plus one bias per output channel.
///
///     y[o,i] = b[o] + sum over c,u of w[o,c,u] * x[c, i*s + u*d - p]
///
/// Outside the sequence x is 0, or what `padding_mode` makes of the sequence. `.padding = same`
/// keeps the length, with a stride of 1.
///
/// Shapes     x: C x L    w: O x C/g x k    b: O    y: O x L'
///            L' = floor((L + 2p - d(k-1) - 1) / s) + 1      (shape/window.hpp)
/// Units      kernel, stride, padding, dilation in elements
/// Parameters O*(C/g)*k + O
/// Cost       O*(C/g)*k*L' multiply-accumulates
/// Errors     while compiling: the input is no sequence; else as `Conv2d`
/// See also   PyTorch's torch.nn.Conv1d
template <int Out, Conv1dOptions Options = Conv1dOptions{}>
struct Conv1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "Conv1d";
    detail::require_sequence("conv1d", in, d);
    if (d.refusal.happened()) return;
    const Conv1dOptions& o = Options;
    detail::declare_convolution("conv1d", in, Out,
                                {.kernel = {1, o.kernel},
                                 .stride = {1, o.stride},
                                 .padding = o.padding.around_row(),
                                 .dilation = {1, o.dilation},
                                 .groups = o.groups,
                                 .bias = o.bias,
                                 .padding_mode = o.padding_mode,
                                 .exact_fit = o.exact_fit},
                                d);
  }
};

template <int Out, Conv1dOptions Options = Conv1dOptions{}>
inline constexpr Conv1d<Out, Options> conv1d{};

}  // namespace convexpr
