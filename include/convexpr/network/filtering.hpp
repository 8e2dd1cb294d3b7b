// Convolutions and adjoints by Winograd's filtering: the weights at the points, and the run.
//
// In inference the weights are transformed when they have changed, for all runs to come; else by
// each step, into its scratch.
#pragma once

#include <convexpr/kernels/conv2d_winograd.hpp>
#include <convexpr/network/blueprint.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

constexpr kernels::Winograd filtering_of(const graph::Step& s) {
  return {s.tile_outputs, s.op.window.kernel.h};
}

constexpr kernels::ConvTile filtering_tile(const graph::Step& s) {
  return kernels::winograd_tile(filtering_of(s), s.op.in.channels, s.op.out.channels,
                                s.op.out.height, s.op.out.width);
}

/// Floats of a step's weights at the points.
constexpr std::size_t floats_at_points(const graph::Step& s) {
  if (s.tile_outputs == 0) return 0;
  return kernels::winograd_weights_size(filtering_of(s), s.op.in.channels, s.op.out.channels);
}

/// The geometry of the convolution that a step is, or whose adjoint it is.
constexpr kernels::ConvGeometry filtering_geometry(const graph::Step& s) {
  const bool forward = s.role == graph::Role::forward;
  return geometry_of(s.op, (forward ? s.op.in : s.op.out).channels,
                     (forward ? s.op.out : s.op.in).channels, simd::lanes);
}

/// The weights at the points for some blocks of a step's output channels, from those that its layer
/// stores. An adjoint needs `scratch` for them turned round.
template <kernels::Winograd W>
void transform_weights(const graph::Step& s, const float* packed, float* at_points, float* scratch,
                       kernels::ChannelRange out_blocks) {
  const kernels::ConvGeometry g = filtering_geometry(s);
  if (s.role == graph::Role::forward) {
    kernels::transform_weights<W>(g, packed, at_points, out_blocks);
  } else {
    kernels::transform_turned_weights<W>(g, packed, at_points, scratch, out_blocks);
  }
}

/// All of them.
template <kernels::Winograd W>
void transform_weights(const graph::Step& s, const float* packed, float* at_points,
                       float* scratch) {
  transform_weights<W>(s, packed, at_points, scratch,
                       {0, kernels::blocks(s.op.out.channels, simd::lanes)});
}

/// The most tiles of a run for which there is scratch.
constexpr int filtering_run(const graph::Step& s, bool one_example) {
  const Shape& y = s.op.out;
  return one_example
             ? kernels::tile_runs(filtering_of(s), s.op.in.channels, y.height, y.width, 1).size
             : kernels::most_tiles(filtering_of(s), s.op.in.channels);
}

/// Floats that a step by filtering works in besides its weights at the points.
constexpr std::size_t filtering_scratch(const graph::Step& s, bool one_example) {
  return kernels::winograd_scratch(filtering_of(s), s.op.in.channels, filtering_tile(s),
                                   s.op.out.height, s.op.out.width, one_example);
}

/// Floats for what is made of the weights in the same call.
constexpr std::size_t filtering_weights_scratch(const graph::Step& s) {
  const std::size_t turned =
      s.role == graph::Role::forward ? 0 : kernels::turned_size(filtering_geometry(s));
  return floats_at_points(s) + turned;
}

/// Where a step's values at the points lie: behind the weights, if it makes these.
inline float* shared_scratch(const Call& c) {
  const bool makes_weights = c.weights_at_points() == nullptr;
  return c.scratch() + (makes_weights ? floats_at_points(c.step) : 0);
}

/// How a team divides a filtering: by runs of tiles, where every member reads all weights, or by
/// groups of output channels, where all read the values of one run of tiles.
///
/// Tiles of which there are few are not worth the weights.
constexpr bool filters_by_tiles(const Share& share, int tiles, int groups, int least) {
  constexpr int enough = 32;  // tiles of a member
  if (tiles < least * share.count) return false;
  return tiles >= enough * share.count || groups < 2 * share.count;
}

/// All members transform a run's tiles, then each computes its groups of output channels.
template <kernels::Winograd W, kernels::ConvTile Tile, class F, class Operands>
void filter_by_groups(const Call& c, const kernels::Maps& x, const float* at_points,
                      const float* bias, const kernels::Maps& y, Extent2 before,
                      const kernels::TileRuns& runs, float* products, const Operands& operands) {
  const kernels::Cut groups(kernels::blocks(y.channels, simd::lanes), Tile.blocks);
  kernels::WinogradScratch places =
      kernels::winograd_places(W, x.channels, runs.size, shared_scratch(c));
  if (c.share.index > 0) places.products = products;
  const Range tiles = c.share.of(runs.size);
  const Range own = groups.exact() ? c.share.of(groups.count()) : c.share.whole(groups.count());
  for (int run = 0; run < runs.count; ++run) {
    kernels::detail::transform_tiles<W>(x, before, runs, y.height, y.width, runs.begin(run),
                                        runs.size, places.inputs, {tiles.first, tiles.size()});
    c.share.wait();
    kernels::winograd_outputs<W, Tile, F>(x.channels, at_points, bias, y, runs, run,
                                          {own.first, own.size()}, places, operands);
    if (run + 1 < runs.count) c.share.wait();  // until nobody needs this run's values
  }
}

/// A convolution, or the adjoint of one, by all members of a team.
template <kernels::Winograd W, kernels::ConvTile Tile, class F, class Operands>
void run_filtering(const Call& c, const Operands& operands) {
  const graph::Step& s = c.step;
  const bool forward = s.role == graph::Role::forward;
  const kernels::Maps x = c.whole_input(0);
  const kernels::Maps y = c.output();
  const int out_blocks = kernels::blocks(y.channels, simd::lanes);
  const kernels::Cut groups(out_blocks, Tile.blocks);
  const bool weights_are_made = c.weights_at_points() == nullptr;

  float* scratch = c.scratch();
  const float* at_points = c.weights_at_points();
  if (weights_are_made) {
    float* const made = scratch;
    scratch += floats_at_points(s);
    const Range own = c.share.of(out_blocks);
    transform_weights<W>(s, c.parameter(c.at.weight), made, scratch, {own.first, own.last});
    at_points = made;
    c.share.wait();
  }
  if (c.share.index > 0) scratch = c.own_scratch();

  const int most = filtering_run(s, c.frame.at_points != nullptr);
  const kernels::TileRuns all = kernels::tile_runs(W, x.channels, y.height, y.width, x.examples);
  const float* const bias = forward ? c.parameter(c.at.bias) : nullptr;
  const Padding& p = s.op.window.padding;
  constexpr int reach = W.taps - 1;
  const Extent2 before = forward ? Extent2{p.top, p.left} : Extent2{reach - p.top, reach - p.left};
  if (c.share.count == 1) {
    kernels::winograd_runs<W, Tile, F>(x, at_points, bias, y, before, all, scratch, operands);
  } else if (filters_by_tiles(c.share, all.tiles(), groups.count(), Tile.cols)) {
    const Range own = c.share.of(all.tiles());
    const kernels::TileRuns runs = kernels::some_tile_runs(all, most, own.first, own.last);
    kernels::winograd_runs<W, Tile, F>(x, at_points, bias, y, before, runs, scratch, operands);
  } else {
    filter_by_groups<W, Tile, F>(c, x, at_points, bias, y, before, all, scratch, operands);
  }
  if constexpr (!F::zero_at_zero) {
    c.share.wait();
    if (c.share.index == 0) kernels::winograd_tail<F>(y);
  }
}

}  // namespace convexpr::detail
