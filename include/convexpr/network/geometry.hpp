// The geometry and the weights of a step's convolution, or of some blocks of its channels.
#pragma once

#include <convexpr/network/blueprint.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

/// Whether a step goes the way of its convolution: an adjoint goes the other way, and a transposed
/// convolution is one.
constexpr bool goes_there(const graph::Step& s) {
  return (s.role == graph::Role::forward) == (s.op.kind != Kind::conv_transpose2d);
}

/// The geometry of a step's convolution; its adjoint's operands stand the other way round, and all
/// of a transposed convolution's once more.
constexpr kernels::ConvGeometry geometry_of(const graph::Step& s) {
  const bool there = goes_there(s);
  return geometry_of(s.op, (there ? s.op.in : s.op.out).channels,
                     (there ? s.op.out : s.op.in).channels, s.interleave);
}
/// That of the part's blocks of channels.
[[gnu::noinline]] inline kernels::ConvGeometry geometry_of(const Call& c) {
  kernels::ConvGeometry g = geometry_of(c.step);
  if (c.part.blocks > 0) {
    (goes_there(c.step) ? g.out_channels : g.in_channels) = c.output().channels;
  }
  return g;
}

/// The weights of the part's blocks of output channels.
[[gnu::noinline]] inline const float* weights_of_part(const Call& c, const float* packed) {
  return packed + c.part.first_block * kernels::packed_block_stride(geometry_of(c.step));
}
/// The weights turned round of those blocks of channels to which they lead.
[[gnu::noinline]] inline const float* turned_weights_of_part(const Call& c, const float* turned) {
  return turned + c.part.first_block * kernels::turned_block_stride(geometry_of(c.step));
}

[[gnu::noinline]] inline const float* depthwise_weights_of_part(const Call& c) {
  return c.parameter(c.at.weight) +
         c.part.first_block * kernels::depthwise_block_stride(c.step.op.window.kernel);
}

}  // namespace convexpr::detail
