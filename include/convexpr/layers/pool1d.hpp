// Pooling over the windows of a sequence, which is an image of one row.
//
// Next: layers/adaptive_pool.hpp, where the output's size is given and the windows follow.
#pragma once

#include <convexpr/layers/pool2d.hpp>

namespace convexpr {

/// Options of `MaxPool1d`, with PyTorch's defaults: the stride is the kernel unless given.
struct MaxPool1dOptions {
  int kernel = detail::not_given;
  int stride = detail::not_given;
  Padding1 padding{0};
  int dilation = 1;
  bool ceil_mode = false;
};

/// Options of `AvgPool1d`, with PyTorch's defaults: the stride is the kernel unless given.
struct AvgPool1dOptions {
  int kernel = detail::not_given;
  int stride = detail::not_given;
  Padding1 padding{0};
  bool ceil_mode = false;
  bool count_include_pad = true;
};

/// Options of `LpPool1d`, with PyTorch's defaults: the stride is the kernel unless given.
struct LpPool1dOptions {
  int kernel = detail::not_given;
  int stride = detail::not_given;
  Padding1 padding{0};
  bool ceil_mode = false;
};

namespace detail {

/// A window along the only row.
constexpr Window along_row(int kernel, int stride, int dilation, Padding1 padding) {
  return {{1, kernel}, {1, stride}, {1, dilation}, padding.around_row()};
}

}  // namespace detail

/// The largest value in each window; positions outside the sequence do not take part.
///
///     y[c,j] = max over v of x[c, j*s + v*d - p]
///
/// Shapes     x: C x L    y: C x L', L' = floor((L + 2p - d(k-1) - 1) / s) + 1; with ceil_mode
///            rounded up, less a last window that would start behind the input
/// Units      kernel, stride, padding, dilation in elements
/// Errors     while compiling: the input is no sequence; no kernel; an option that is not positive;
///            a padding that is negative or `same`; kernel larger than the padded input; padding
///            over half the kernel
/// See also   PyTorch's torch.nn.MaxPool1d; the gradient of a tie goes to its first position
template <MaxPool1dOptions Options>
struct MaxPool1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "MaxPool1d";
    detail::require_sequence("max_pool1d", in, d);
    detail::declare_pool(
        "max_pool1d", Kind::max_pool2d, in,
        detail::along_row(Options.kernel, Options.stride, Options.dilation, Options.padding),
        Options.ceil_mode, d);
  }
};

template <MaxPool1dOptions Options>
inline constexpr MaxPool1d<Options> max_pool1d{};

/// The mean of each window; the padding counts as zeros unless `count_include_pad` is false.
///
///     y[c,j] = sum over v of x[c, j*s + v - p] / n
///     n = positions of the window inside the padded sequence, or inside the sequence itself
///
/// Shapes     as `MaxPool1d`, without dilation
/// Errors     as `MaxPool1d`
/// See also   PyTorch's torch.nn.AvgPool1d
template <AvgPool1dOptions Options>
struct AvgPool1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "AvgPool1d";
    d.op.count_include_pad = Options.count_include_pad;
    detail::require_sequence("avg_pool1d", in, d);
    detail::declare_pool("avg_pool1d", Kind::avg_pool2d, in,
                         detail::along_row(Options.kernel, Options.stride, 1, Options.padding),
                         Options.ceil_mode, d);
  }
};

template <AvgPool1dOptions Options>
inline constexpr AvgPool1d<Options> avg_pool1d{};

/// The L^p norm of each window: the root of its sum of powers.
///
///     y[c,j] = (k/n * sum over v of x[c, j*s + v - p]^P)^(1/P)
///     n = positions of the window inside the padded sequence
///
/// Signs, roots of negative sums and the gradient of a sum of 0 are as `LpPool2d` has them.
///
/// Shapes     as `MaxPool1d`, without dilation
/// Errors     as `MaxPool1d`; P below 1
/// See also   PyTorch's torch.nn.LpPool1d, which has no padding
template <int P, LpPool1dOptions Options>
struct LpPool1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "LpPool1d";
    detail::require_sequence("lp_pool1d", in, d);
    detail::require_power("lp_pool1d", P, d);
    detail::declare_pool("lp_pool1d", Kind::lp_pool2d, in,
                         detail::along_row(Options.kernel, Options.stride, 1, Options.padding),
                         Options.ceil_mode, d);
  }
};

template <int P, LpPool1dOptions Options>
inline constexpr LpPool1d<P, Options> lp_pool1d{};

}  // namespace convexpr
