// Convolutions and adjoints by Winograd's filtering: the weights at the points, and the run.
//
// In inference the weights are transformed when they have changed, for all runs to come; else by
// each step, into its scratch.
#pragma once

#include <convexpr/kernels/conv2d_winograd.hpp>
#include <convexpr/kernels/conv2d_winograd_weights.hpp>
#include <convexpr/network/blueprint.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

/// The gradient of weights has as many outputs as they have taps, and tiles in the place of taps.
constexpr kernels::Winograd filtering_of(const graph::Step& s) {
  const int taps = s.op.window.kernel.h;
  if (s.role == graph::Role::parameter_adjoint) return {taps, s.tile_outputs};
  return {s.tile_outputs, taps};
}

/// What tiles cut: the output before its pool.
constexpr Extent2 filtering_extent(const graph::Step& s) {
  return {s.op.out.height * s.pool.window.h, s.op.out.width * s.pool.window.w};
}

constexpr kernels::ConvTile filtering_tile(const graph::Step& s) {
  if (s.role == graph::Role::parameter_adjoint) return {};
  const Extent2 out = filtering_extent(s);
  return kernels::winograd_tile(filtering_of(s), s.op.in.channels, s.op.out.channels, out.h, out.w);
}

/// Floats of a step's weights at the points.
constexpr std::size_t floats_at_points(const graph::Step& s) {
  if (s.tile_outputs == 0 || s.role == graph::Role::parameter_adjoint) return 0;
  return kernels::winograd_weights_size(filtering_of(s), s.op.in.channels, s.op.out.channels);
}

/// The geometry of the convolution that a step is, or whose adjoint it is.
constexpr kernels::ConvGeometry filtering_geometry(const graph::Step& s) {
  const bool forward = s.role == graph::Role::forward;
  return geometry_of(s.op, (forward ? s.op.in : s.op.out).channels,
                     (forward ? s.op.out : s.op.in).channels, simd::lanes);
}

/// The weights at the points for a step, from those that its layer stores. An adjoint needs `scratch`
/// for them turned round.
template <kernels::Winograd W, graph::Role Role>
void transform_weights(const graph::Step& s, const float* packed, float* at_points,
                       float* scratch) {
  const kernels::ConvGeometry g = filtering_geometry(s);
  if constexpr (Role == graph::Role::forward) {
    kernels::transform_weights<W>(g, packed, at_points);
  } else {
    kernels::transform_turned_weights<W>(g, packed, at_points, scratch);
  }
}

/// Floats that a step by filtering works in. `prepared`: its weights at the points are there.
constexpr std::size_t filtering_scratch(const graph::Step& s, int examples, bool prepared) {
  const kernels::Winograd w = filtering_of(s);
  if (s.role == graph::Role::parameter_adjoint) {
    return kernels::winograd_weights_scratch(w, s.op.out.channels, s.op.in.channels,
                                             {s.op.in.height, s.op.in.width}, examples);
  }
  const Extent2 out = filtering_extent(s);
  const std::size_t floats =
      kernels::winograd_scratch(w, s.op.in.channels, filtering_tile(s), out.h, out.w, examples);
  if (prepared) return floats;
  const std::size_t turned =
      s.role == graph::Role::forward ? 0 : kernels::turned_size(filtering_geometry(s));
  return floats + floats_at_points(s) + turned;
}

/// A convolution, or the adjoint of one. `Prepared`: its weights at the points are there.
template <kernels::Winograd W, kernels::ConvTile Tile, graph::Role Role, bool Prepared, class F,
          class Operands>
void run_filtering(const Call& c, const Operands& operands) {
  constexpr bool forward = Role == graph::Role::forward;
  const graph::Step& s = c.step;
  float* scratch = c.scratch();
  const float* at_points = nullptr;
  if constexpr (Prepared) {
    at_points = c.weights_at_points();
  } else {
    float* const made = scratch;
    scratch += floats_at_points(s);
    transform_weights<W, Role>(s, c.parameter(c.at.weight), made, scratch);
    at_points = made;
  }
  const Padding& p = s.op.window.padding;
  constexpr int reach = W.taps - 1;
  kernels::conv2d_winograd<W, Tile, F>(
      c.input(0), at_points, forward ? c.parameter(c.at.bias) : nullptr, c.output(),
      forward ? Extent2{p.top, p.left} : Extent2{reach - p.top, reach - p.left}, scratch, operands);
}

/// The gradients of a convolution's weights and bias.
template <kernels::Winograd W>
void run_filtering_of_gradient(const Call& c) {
  kernels::conv2d_winograd_backward_weights<W>(c.input(0), c.input(1), c.gradient(c.at.weight),
                                               c.gradient(c.at.bias), filtering_geometry(c.step),
                                               c.scratch());
}

}  // namespace convexpr::detail
