// Convolutions whose channels do not meet, and transposed ones, by their definitions in double
// precision.
#pragma once

#include <convexpr/layers/operation.hpp>

#include "reference_layers.hpp"
#include "reference_padding.hpp"

namespace reference {

/// Calls f(y's index, w's index, x's index) for every product of a depthwise convolution.
template <class F>
void for_each_depthwise_product(const Operation& op, const Images& x, const Images& y, F f) {
  const int multiplier = op.out.channels / op.in.channels;
  for_each(y, [&](int n, int o, int i, int j) {
    for_each_tap(op, i, j, [&](int u, int v, int row, int column) {
      const int weight = (o * op.window.kernel.h + u) * op.window.kernel.w + v;
      f(y.index(n, o, i, j), static_cast<std::size_t>(weight),
        x.index(n, o / multiplier, row, column));
    });
  });
}

/// The taps of a fixed filter, once for each channel.
inline Values taps_of(const Operation& op) {
  const int count = op.window.kernel.h * op.window.kernel.w;
  Values taps;
  for (int c = 0; c < op.in.channels; ++c) taps.insert(taps.end(), op.taps, op.taps + count);
  return taps;
}

inline void depthwise(const Operation& op, const Images& x, const Values& w, Images& y) {
  const Images padded = with_border(op, x);
  for_each_depthwise_product(
      behind_border(op), padded, y,
      [&](std::size_t o, std::size_t k, std::size_t i) { y.values[o] += w[k] * padded.values[i]; });
}

inline void depthwise_adjoint(const Operation& op, const Images& x, const Values& w,
                              const Images& dy, Images& dx, Values& dw) {
  const Images padded = with_border(op, x);
  Images dpadded(padded.shape, padded.examples);
  for_each_depthwise_product(behind_border(op), padded, dy,
                             [&](std::size_t o, std::size_t k, std::size_t i) {
                               dpadded.values[i] += w[k] * dy.values[o];
                               dw[k] += padded.values[i] * dy.values[o];
                             });
  fold_border(op, dpadded, dx);
}

/// Calls f(y's index, w's index, x's index) for every product of a transposed convolution: x is
/// spread over y, and what falls into the padding is lost.
template <class F>
void for_each_transposed_product(const Operation& op, const Images& x, const Images& y, F f) {
  const convexpr::Window& w = op.window;
  const int in_group = op.in.channels / op.groups;
  const int out_group = op.out.channels / op.groups;
  for_each(x, [&](int n, int c, int i, int j) {
    for (int k = 0; k < out_group; ++k) {
      for (int u = 0; u < w.kernel.h; ++u) {
        for (int v = 0; v < w.kernel.w; ++v) {
          const int row = i * w.stride.h + u * w.dilation.h - w.padding.top;
          const int column = j * w.stride.w + v * w.dilation.w - w.padding.left;
          if (row < 0 || row >= op.out.height || column < 0 || column >= op.out.width) continue;
          const int weight = ((c * out_group + k) * w.kernel.h + u) * w.kernel.w + v;
          f(y.index(n, c / in_group * out_group + k, row, column), static_cast<std::size_t>(weight),
            x.index(n, c, i, j));
        }
      }
    }
  });
}

inline void transposed(const Operation& op, const Images& x, const Values& w, Images& y) {
  for_each_transposed_product(op, x, y, [&](std::size_t o, std::size_t k, std::size_t i) {
    y.values[o] += w[k] * x.values[i];
  });
}

inline void transposed_adjoint(const Operation& op, const Images& x, const Values& w,
                               const Images& dy, Images& dx, Values& dw) {
  for_each_transposed_product(op, x, dy, [&](std::size_t o, std::size_t k, std::size_t i) {
    dx.values[i] += w[k] * dy.values[o];
    dw[k] += x.values[i] * dy.values[o];
  });
}

}  // namespace reference
