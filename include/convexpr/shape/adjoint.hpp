// The way back from an image to what a window made of it: which taps give each pixel's part to
// which outputs.
//
// Pixels that are a multiple of the stride apart meet the same taps, so an axis has as many phases
// as the stride is long. See also: shape/window.hpp, the way there.
#pragma once

#include <convexpr/shape/window.hpp>
#include <numeric>

namespace convexpr::window {

/// The taps that the pixels of one phase meet, along one axis. A pixel n has the phase
/// (n + before) % stride, and tap number t of that phase, which is tap
///
///     first + t * step          for t < count,
///
/// takes it to the output
///
///     (n + before) / stride - lag - t * lag_step,
///
/// inside the output or beside it.
struct PhaseTaps {
  int first = 0;
  int step = 1;
  int count = 0;
  int lag = 0;
  int lag_step = 0;

  friend constexpr bool operator==(const PhaseTaps&, const PhaseTaps&) = default;
};

/// The taps of `phase`, from 0 to stride - 1.
constexpr PhaseTaps taps_of_phase(int kernel, int stride, int dilation, int phase) {
  const int common = std::gcd(stride, dilation);
  PhaseTaps taps{.step = stride / common, .lag_step = dilation / common};
  while (taps.first < taps.step && taps.first * dilation % stride != phase) ++taps.first;
  if (taps.first == taps.step || taps.first >= kernel) return {};
  taps.count = (kernel - taps.first + taps.step - 1) / taps.step;
  taps.lag = (taps.first * dilation - phase) / stride;
  return taps;
}

namespace detail {

/// Outputs, before the first and behind the last, that the taps of one axis would take the pixels
/// of an image to.
struct Beyond {
  int before;
  int after;
};

constexpr Beyond beyond(int in, int out, int kernel, int stride, int dilation, int before) {
  const int reach = dilation * (kernel - 1) - before;
  const int last = (in - 1 + before) / stride - (out - 1);
  return {reach > 0 ? reach / stride : 0, last > 0 ? last : 0};
}

}  // namespace detail

/// The border around the outputs that the taps of all phases would take the pixels of an `in` image
/// to: with zeros there, a gradient needs no edge cases.
///
/// Parameters out: output_extent(in, w), or fewer
constexpr Padding adjoint_border(Extent2 in, Extent2 out, const Window& w) {
  const detail::Beyond rows =
      detail::beyond(in.h, out.h, w.kernel.h, w.stride.h, w.dilation.h, w.padding.top);
  const detail::Beyond columns =
      detail::beyond(in.w, out.w, w.kernel.w, w.stride.w, w.dilation.w, w.padding.left);
  return {rows.before, columns.before, rows.after, columns.after};
}

/// Multiply-adds of vectors for each pixel of the gradient of a convolution's input that has few
/// channels: each channel sums over vectors of output channels, and in the end the lanes of its sum.
constexpr int products_over_outputs(int in_channels, int out_channels, int taps, int lanes) {
  constexpr int summing = 8;
  return in_channels * ((out_channels + lanes - 1) / lanes * taps + summing);
}

/// Whether that takes less time than vectors of input channels, few of whose lanes would be in use.
constexpr bool sums_over_outputs(int in_channels, int out_channels, int taps, int lanes) {
  return in_channels <= lanes / 2 &&
         4 * products_over_outputs(in_channels, out_channels, taps, lanes) <
             3 * taps * out_channels;
}

}  // namespace convexpr::window
