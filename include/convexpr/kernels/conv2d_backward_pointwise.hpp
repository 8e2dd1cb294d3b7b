// The adjoints of convolutions with 1x1 weights. That of the input is a convolution by the weights turned
// round, which the direct kernel computes faster than the general one. That of the weights reads one
// pixel of several where the stride is not 1, again for every few blocks of outputs: a copy of these
// pixels side by side is faster.
#pragma once

#include <convexpr/kernels/conv2d_backward_data.hpp>
#include <convexpr/kernels/conv2d_direct.hpp>

namespace convexpr::kernels {

/// Whether a convolution is one of 1x1 weights for which conv2d_backward_data_pointwise is the faster
/// kernel of its input's adjoint.
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

/// Whether the weights' adjoint is computed from the pixels that were read, side by side.
constexpr bool gathers_pixels(const ConvGeometry& g) {
  return is_pointwise(g) && g.window.stride != Extent2(1);
}

/// Floats of those pixels, all channels, of an image that was read to give `out` pixels.
constexpr std::size_t gathered_size(const ConvGeometry& g, Extent2 out) {
  return static_cast<std::size_t>(blocks(g.in_channels, simd::lanes) * simd::lanes) *
         static_cast<std::size_t>(out.h * out.w);
}

/// The pixels that a convolution of 1x1 weights reads of some blocks of channels, put side by side: what
/// one of stride 1 would read. The result are maps of all blocks.
///
/// Shapes     x: C x H x W, blocked    gathered: gathered_size(g, out) floats for each example
inline ConstMaps gather_pixels(const ConstMaps& x, const ConvGeometry& g, Extent2 out,
                               float* gathered, ChannelRange of_blocks) {
  Maps y;
  y.data = gathered;
  y.channels = x.channels;
  y.height = out.h;
  y.width = out.w;
  y.row_stride = std::ptrdiff_t{out.w} * simd::lanes;
  y.block_stride = out.h * y.row_stride;
  y.example_stride = blocks(x.channels, simd::lanes) * y.block_stride;
  y.examples = x.examples;
  const std::ptrdiff_t step = std::ptrdiff_t{g.window.stride.w} * simd::lanes;
  for (int n = 0; n < y.examples; ++n) {
    for (int b = of_blocks.first; b < of_blocks.last; ++b) {
      for (int i = 0; i < y.height; ++i) {
        const float* from = row_of(x, n, b, i * g.window.stride.h);
        float* to = row_of(y, n, b, i);
        for (int j = 0; j < y.width; ++j, from += step, to += simd::lanes) {
          simd::store(to, simd::load(from));
        }
      }
    }
  }
  return y;
}

}  // namespace convexpr::kernels
