// Transposed convolution, forward and both adjoints, by the kernels of the convolution whose adjoint
// it is.
//
// That convolution takes the output's image to the input's, with the very same weights: the forward
// pass is its adjoint of the input, the adjoint of the input is its forward pass, and in the adjoint
// of the weights image and gradient change places. So the geometry `g` of that convolution has the
// channels of the output as `in_channels`. The weights are kept turned round, as the forward pass
// reads them (conv2d_turned_weights.hpp); the backward passes turn them back.
// Next: kernels/conv2d_backward_data.hpp.
#pragma once

#include <convexpr/kernels/backward_bias.hpp>
#include <convexpr/kernels/conv2d_backward_data.hpp>
#include <convexpr/kernels/conv2d_backward_weights.hpp>
#include <convexpr/kernels/conv2d_direct.hpp>

namespace convexpr::kernels {

/// Floats of scratch that both backward passes need.
constexpr std::size_t conv_transpose2d_scratch(const ConvGeometry& g) { return packed_size(g); }

/// Transposed convolution of every example, plus one bias per output channel, then an elementwise
/// function.
///
///     y[o, i*s + u*d - p, j*s + v*d - p] gets w[c,o,u,v] * x[c,i,j]
///     y = f(b[o] + the sum of what it gets)
///
/// Shapes     x: C x H x W, blocked, without need of a border
///            turned: turned_size(g) floats, of C x O/g x kh x kw
///            bias: O floats and zeros up to whole lanes, or nullptr    y: O x H' x W', blocked
/// Cost       C*(O/g)*kh*kw*H*W multiply-accumulates, and O rounded up to whole vectors
/// Accuracy   error up to (C/g*kh*kw + 1) * 2^-24 * (|b| + sum |w x|) before f
/// Parameters F: a function of expr/function.hpp, or an Epilogue with what it reads
/// Requires   lanes of x past C zero; y apart from what F reads
/// Ensures    only the image of y is written, its lanes past the last channel with zeros
template <class F, class Operands = NoOperands>
void conv_transpose2d(const ConstMaps& x, const float* turned, const float* bias, const Maps& y,
                      const ConvGeometry& g, const Operands& operands = {}) {
  detail::blocked_backward_data<F>(x, turned, bias, y, g, operands);
}

/// The adjoint of a transposed convolution's input: a convolution.
///
///     dx[c,i,j] = sum over o,u,v of w[c,o,u,v] * dy[o, i*s + u*d - p, j*s + v*d - p]
///
/// Shapes     dy: O x H' x W', blocked, with zeros around it as far as the padding
///            turned: as in conv_transpose2d    dx: C x H x W, blocked
///            scratch: conv_transpose2d_scratch(g) floats
/// Parameters as in conv2d_direct
/// Cost       C*(O/g)*kh*kw*H*W multiply-accumulates, and the weights turned back once
/// Accuracy   O/g*kh*kw * epsilon * sum |w dy|
/// Ensures    the interior of dx is overwritten, its border is not touched
template <int StrideW, ConvTile Tile, bool HalfLastBlock>
void conv_transpose2d_backward_data(const ConstMaps& dy, const float* turned, const Maps& dx,
                                    const ConvGeometry& g, float* scratch) {
  detail::turn_weights_back(g, turned, scratch);
  conv2d_direct<simd::lanes, StrideW, Tile, expr::Identity, HalfLastBlock>(dy, scratch, nullptr, dx,
                                                                           g);
}

/// The adjoints of a transposed convolution's weights and of its bias, summed over the examples.
///
///     dw[c,o,u,v] = sum over n,i,j of x[n,c,i,j] * dy[n,o, i*s + u*d - p, j*s + v*d - p]
///     db[o]       = sum over n,i,j of dy[n,o,i,j]
///
/// Shapes     x: C x H x W, blocked    dy: as in conv_transpose2d_backward_data
///            dturned: as the weights    dbias: O, padded to whole vectors, or nullptr
///            scratch: conv_transpose2d_scratch(g) floats
/// Parameters R: weight_runs(g)
/// Cost       C*(O/g)*kh*kw*H*W multiply-accumulates per example, C rounded up to whole vectors
/// Accuracy   as conv2d_backward_weights
/// Requires   lanes of x past C zero
/// Ensures    dturned and dbias are overwritten; where no weight lies they hold zeros
template <WeightRuns R>
void conv_transpose2d_backward_weights(const ConstMaps& x, const ConstMaps& dy, float* dturned,
                                       float* dbias, const ConvGeometry& g, float* scratch) {
  conv2d_backward_weights<R>(dy, x, scratch, nullptr, g);
  detail::turn_weights(g, scratch, dturned);
  if (dbias != nullptr) backward_bias(dy, dbias);
}

}  // namespace convexpr::kernels
