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

/// Whether a team divides a filtering by tiles, where every member reads all weights, or else by
/// groups of output channels, where every member transforms all tiles: what is less work for a member,
/// counted as graph/filtering.hpp does.
constexpr bool filters_by_tiles(const graph::Step& s, int members, int tiles, int groups,
                                kernels::ConvTile tile) {
  constexpr long long per_load = 10;  // products in the time in which a weight comes
  if (tiles < members) return false;
  const long long products = filtering_of(s).products();
  const long long in_blocks = kernels::blocks(s.op.in.channels, simd::lanes);
  const auto cost = [&](long long own_tiles, long long out_blocks) {
    const long long computed = std::max({own_tiles, per_load, 1LL * tile.cols});
    return products *
           (s.op.in.channels * out_blocks * computed + 8 * own_tiles * (in_blocks + out_blocks));
  };
  const int out_blocks = kernels::blocks(s.op.out.channels, simd::lanes);
  const int own_groups = (groups + members - 1) / members;
  return cost((tiles + members - 1) / members, out_blocks) <=
         cost(tiles, std::min(out_blocks, own_groups * tile.blocks));
}

/// A member's tiles, and its groups of blocks of output channels.
struct OwnFiltering {
  kernels::TileRuns runs;
  kernels::Piece groups;
};

// Not inlined: it is the same for all instances of run_filtering.
[[gnu::noinline]] inline OwnFiltering own_filtering(const Call& c, const kernels::Maps& x,
                                                    const kernels::Maps& y,
                                                    kernels::ConvTile tile) {
  const kernels::Winograd w = filtering_of(c.step);
  const kernels::Cut groups = kernels::winograd_groups(y, tile);
  OwnFiltering own{kernels::tile_runs(w, x.channels, y.height, y.width, x.examples),
                   {0, groups.count()}};
  if (c.share.count == 1) return own;
  if (filters_by_tiles(c.step, c.share.count, own.runs.tiles(), groups.count(), tile)) {
    const Range tiles = c.share.of(own.runs.tiles());
    const int most = filtering_run(c.step, c.frame.at_points != nullptr);
    own.runs = kernels::some_tile_runs(own.runs, tile.cols, most, tiles.first, tiles.last);
  } else {
    const Range r = groups.exact() ? c.share.of(groups.count()) : c.share.whole(groups.count());
    own.groups = {r.first, r.size()};
  }
  return own;
}

/// A convolution, or the adjoint of one, by all members of a team.
template <kernels::Winograd W, kernels::ConvTile Tile, class F, class Operands>
void run_filtering(const Call& c, const Operands& operands) {
  const graph::Step& s = c.step;
  const bool forward = s.role == graph::Role::forward;
  const kernels::Maps x = c.whole_input(0);
  const kernels::Maps y = c.output();
  const Share& share = c.share;

  float* scratch = c.scratch();
  const float* at_points = c.weights_at_points();
  if (at_points == nullptr) {
    float* const made = scratch;
    scratch += floats_at_points(s);
    const Range own = share.of(kernels::blocks(y.channels, simd::lanes));
    transform_weights<W>(s, c.parameter(c.at.weight), made, scratch, {own.first, own.last});
    at_points = made;
    share.wait();
  }
  if (share.index > 0) scratch = c.own_scratch();

  const OwnFiltering own = own_filtering(c, x, y, Tile);
  const Padding& p = s.op.window.padding;
  constexpr int reach = W.taps - 1;
  if (own.groups.size > 0) {
    kernels::conv2d_winograd_part<W, Tile, F>(
        x, at_points, forward ? c.parameter(c.at.bias) : nullptr, y,
        forward ? Extent2{p.top, p.left} : Extent2{reach - p.top, reach - p.left}, own.runs,
        own.groups, scratch, operands);
  }
  if constexpr (!F::zero_at_zero) {
    share.wait();
    if (share.index == 0) kernels::winograd_tail<F>(y);
  }
}

}  // namespace convexpr::detail
