// What of a step decides which code runs it.
//
// Next: network/dispatch.hpp, the ladder.
#pragma once

#include <convexpr/kernels/conv2d_backward_pointwise.hpp>
#include <convexpr/kernels/conv2d_backward_weights.hpp>
#include <convexpr/kernels/conv2d_direct.hpp>
#include <convexpr/kernels/conv2d_over_width.hpp>
#include <convexpr/network/blueprint.hpp>
#include <convexpr/network/filtering.hpp>
#include <convexpr/network/geometry.hpp>

namespace convexpr::detail {

/// The facts of a step that select code.
struct Choice {
  Kind kind{};
  graph::Role role{};
  graph::Action action{};
  int tensors = 0;       // that an elementwise function reads, or an epilogue besides
  int outputs = 0;       // of an elementwise function
  int sums = 0;          // gradients of parameters that it gives
  bool scalars = false;  // whether a parameter that it reads is one number for all channels
  int interleave = 0;    // of what a convolution slides over, as the rest
  int stride_w = 0;      // of depthwise ones, 1, 2 or 0 for any; of a pointwise adjoint's layer
  kernels::ConvTile tile{};
  kernels::TilePool pool{};
  bool half_last_block = false;
  int over_width = 0;             // channels of a convolution whose vectors run along the width
  bool strided = false;           // a filtering by space to depth
  bool prepared = false;          // weights at the points of a filtering
  bool pointwise = false;         // of the adjoint of a convolution's input
  kernels::WeightRuns runs{};     // of the gradient of weights
  kernels::Winograd filtering{};  // of no outputs where a convolution is direct
};

/// The image that tiles of a direct convolution cut; none where a step has no such tiles.
struct TiledImage {
  int height = 0;
  int width = 0;
  int blocks = 0;  // of output channels that read the same input channels
  kernels::TilePool pool{};
};

// Found once for each extent, not once for each convolution.
template <TiledImage I>
inline constexpr kernels::ConvTile tile_of =
    kernels::choose_conv_tile(I.height, I.width, I.blocks, simd::registers, I.pool);
template <>
inline constexpr kernels::ConvTile tile_of<TiledImage{}> = {};

/// The tile with what is known of its convolution, and without the code that it never runs. Siblings are
/// cut into bands of rows.
constexpr kernels::ConvTile without_rests(kernels::ConvTile t, int height,
                                          const kernels::ConvGeometry& g, bool is_sibling) {
  const int beside = kernels::blocks_beside(g);
  t = kernels::without_rests(t, height, beside,
                             beside == kernels::blocks(g.out_channels, simd::lanes));
  t.rests.rows = t.rests.rows || is_sibling;
  t.pointwise = g.window.kernel == Extent2(1);
  return t;
}

/// Whether parameters are constant while a plan runs.
template <class Plan>
constexpr bool is_constant(const Plan& plan) {
  return plan.forward_steps == static_cast<int>(plan.steps.size());
}

/// Whether a step slides over its input as a convolution does: a transposed one slides backwards.
constexpr bool convolves(const graph::Step& s) {
  return (s.op.kind == Kind::conv2d && s.role == graph::Role::forward) ||
         (s.op.kind == Kind::conv_transpose2d && s.role == graph::Role::adjoint);
}

/// Whether a step gives the gradient of the weights of a convolution, whichever way it goes.
constexpr bool slides_for_weights(const graph::Step& s) {
  return (s.op.kind == Kind::conv2d || s.op.kind == Kind::conv_transpose2d) &&
         s.role == graph::Role::parameter_adjoint;
}

/// Whether a step's channels do not meet.
constexpr bool is_depthwise(Kind kind) {
  return kind == Kind::depthwise_conv2d || kind == Kind::filter2d;
}

/// Whether a step is the adjoint of the input of a convolution of single pixels.
constexpr bool is_pointwise_adjoint(const graph::Step& s) {
  return s.op.kind == Kind::conv2d && s.role == graph::Role::adjoint &&
         kernels::is_pointwise(geometry_of(s));
}

constexpr kernels::TilePool pool_of(const graph::Step& s) {
  return {s.pool.window.h, s.pool.window.w, s.pool.maximum};
}

/// The geometry of the direct convolution that a step is.
constexpr kernels::ConvGeometry convolution_of(const graph::Step& s) {
  if (is_pointwise_adjoint(s)) return kernels::pointwise_adjoint(geometry_of(s));
  return geometry_of(s.op, s.op.in.channels, s.op.out.channels, s.interleave);
}

constexpr TiledImage tiled_image_of(const graph::Step& s) {
  if (s.tile_outputs > 0 || !(convolves(s) || is_pointwise_adjoint(s))) return {};
  const kernels::TilePool pool = pool_of(s);
  const Shape& y = is_pointwise_adjoint(s) ? s.op.in : s.op.out;  // what lies between is zero
  return {y.height * pool.rows, y.width * pool.cols, kernels::blocks_beside(convolution_of(s)),
          pool};
}

/// The facts of a step of `plan` that select code.
///
/// Parameters tile: tile_of its image; is_part: whether the step is one of Plan::parts
template <class Plan>
constexpr Choice choose(const Plan& plan, const graph::Step& s, kernels::ConvTile tile,
                        bool is_part) {
  Choice c;
  c.kind = s.op.kind;
  c.role = s.role;
  c.action = s.action;
  for (int u = 0; u < s.use_count - s.gradient_uses; ++u) {
    c.scalars = c.scalars || !plan.uses[static_cast<std::size_t>(s.first_use + u)].per_channel;
  }
  if (is_elementwise(s.op.kind)) {  // one code for all names and both directions
    c.kind = Kind::elementwise;
    c.role = graph::Role::forward;
    c.tensors = s.input_count;
    c.outputs = s.output_count;
    c.sums = s.gradient_uses;
    return c;
  }
  c.tensors = s.input_count - s.own_inputs;
  if (s.tile_outputs > 0) {
    c.filtering = filtering_of(s);
    c.strided = is_strided_filtering(s);
    c.prepared = is_constant(plan);
    c.pool = pool_of(s);
    c.tile = filtering_tile(s, c.prepared);
  } else if (is_pointwise_adjoint(s)) {
    const kernels::ConvGeometry g = convolution_of(s);
    c.pointwise = true;
    c.stride_w = s.op.window.stride.w;
    c.tile = without_rests(tile, tiled_image_of(s).height, g, false);
    c.half_last_block = kernels::half_last_block(g.out_channels, c.tile);
  } else if (convolves(s)) {
    const kernels::ConvGeometry g = convolution_of(s);
    const TiledImage image = tiled_image_of(s);
    c.interleave = s.interleave;
    c.stride_w = s.op.window.stride.w;
    c.pool = image.pool;
    c.tile = without_rests(tile, image.height, g, s.part_count > 0 || is_part);
    if (c.kind == Kind::conv2d && kernels::runs_over_width(g, image.width, image.pool)) {
      c.over_width = g.out_channels;
    }
    c.half_last_block = kernels::half_last_block(g.out_channels, c.tile);
  } else if (slides_for_weights(s)) {
    c.runs = kernels::weight_runs(geometry_of(s));
  } else if (is_depthwise(s.op.kind) && s.role == graph::Role::forward) {
    c.stride_w = s.op.window.stride.w <= 2 ? s.op.window.stride.w : 0;
  }
  return c;
}

}  // namespace convexpr::detail
