// The adjoint of the input of a convolution with 1x1 weights: a convolution by the weights turned
// round, which the direct kernel computes faster than the general one.
#pragma once

#include <convexpr/kernels/conv2d_backward_data.hpp>
#include <convexpr/kernels/conv2d_direct.hpp>

namespace convexpr::kernels {

/// Whether the adjoint of a convolution's input is one of 1x1 weights, for which
/// conv2d_backward_data_pointwise is the faster kernel.
constexpr bool is_pointwise(const ConvGeometry& g) {
  return g.groups == 1 && !has_few_channels(g) && g.interleave == simd::lanes &&
         g.window.kernel == Extent2(1) && g.window.stride.h == g.window.stride.w &&
         g.window.padding == Padding{};
}

/// The convolution from output to input channels that this adjoint is, but for the zeros between its
/// results where the stride is not 1: a spare lane is a channel whose weights are zeros.
constexpr ConvGeometry pointwise_adjoint(const ConvGeometry& g) {
  Window window = g.window;
  window.stride = Extent2(1);
  return {blocks(g.out_channels, simd::lanes) * simd::lanes, g.in_channels, 1, window};
}

/// The adjoint of a pointwise convolution's input: turned round, its weights lie as conv2d_direct reads
/// them. Of a strided one, what no output has read is zero before f.
///
/// Shapes, cost and what is required as conv2d_backward_data, but turned: of turn_weights(g)
/// Parameters Stride: of both axes; Tile, HalfLastBlock: of conv2d_direct for pointwise_adjoint(g) and
///            images as large as dy; F: a function or an Epilogue
template <int Stride, ConvTile Tile, bool HalfLastBlock, class F = expr::Identity,
          class Operands = NoOperands>
void conv2d_backward_data_pointwise(const ConstMaps& dy, const float* turned, const Maps& dx,
                                    const ConvGeometry& g, const Operands& operands = {}) {
  const ConvGeometry adjoint = pointwise_adjoint(g);
  if constexpr (Stride == 1) {
    conv2d_direct<simd::lanes, 1, Tile, F, HalfLastBlock>(dy, turned, nullptr, dx, adjoint,
                                                          operands);
  } else {
    using Spread = SpreadFunction<expr::Identity, Stride>;
    const auto one = [](auto maps, int n) {
      maps.data += n * maps.example_stride;
      maps.examples = 1;
      return maps;
    };
    Maps read = dx;
    read.height = dy.height;
    read.width = dy.width;
    read.row_stride = Stride * dx.row_stride;
    for (int n = 0; n < dx.examples; ++n) {
      detail::clear_rows(dx, n);
      conv2d_direct<simd::lanes, 1, Tile, Spread, HalfLastBlock>(one(dy, n), turned, nullptr,
                                                                 one(read, n), adjoint);
      detail::apply_to_rows<F>(dx, n, operands);
    }
  }
}

}  // namespace convexpr::kernels
