// Transposed convolution of sequences.
#pragma once

#include <convexpr/layers/conv_transpose2d.hpp>

namespace convexpr {

/// Options of `ConvTranspose1d`, with PyTorch's defaults; the kernel has none.
struct ConvTranspose1dOptions {
  int kernel = detail::not_given;
  int stride = 1;
  Padding1 padding{0};     // one number, or {left, right}: taken off the output
  int output_padding = 0;  // added to the output's end
  int dilation = 1;
  int groups = 1;
  bool bias = true;
};

/// Transposed convolution of a sequence, plus one bias per output channel: the adjoint of a
/// convolution.
///
///     y[o, i*s + u*d - p] gets w[c,o,u] * x[c,i];    y[o] = b[o] + the sum of what it gets
///
/// Shapes     x: C x L    w: C x O/g x k    b: O    y: O x L'
///            L' = (L-1)s - 2p + d(k-1) + output_padding + 1      (shape/window.hpp)
/// Units      kernel, stride, padding, output_padding, dilation in elements
/// Parameters C*(O/g)*k + O
/// Cost       C*(O/g)*k*L multiply-accumulates
/// Errors     while compiling: the input is no sequence; else as `ConvTranspose2d`
/// See also   PyTorch's torch.nn.ConvTranspose1d
template <int Out, ConvTranspose1dOptions Options = ConvTranspose1dOptions{}>
struct ConvTranspose1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "ConvTranspose1d";
    detail::require_sequence("conv_transpose1d", in, d);
    if (d.refusal.happened()) return;
    const ConvTranspose1dOptions& o = Options;
    detail::declare_conv_transpose("conv_transpose1d", in, Out,
                                   {.kernel = {1, o.kernel},
                                    .stride = {1, o.stride},
                                    .padding = o.padding.around_row(),
                                    .output_padding = {0, o.output_padding},
                                    .dilation = {1, o.dilation},
                                    .groups = o.groups,
                                    .bias = o.bias},
                                   d);
  }
};

template <int Out, ConvTranspose1dOptions Options = ConvTranspose1dOptions{}>
inline constexpr ConvTranspose1d<Out, Options> conv_transpose1d{};

}  // namespace convexpr
