// Convolutions and adjoints by Winograd's filtering: the weights at the points, and the run.
//
// In inference the weights are transformed when they have changed, for all runs to come; else by
// each step, into its scratch.
#pragma once

#include <convexpr/graph/filtering.hpp>
#include <convexpr/kernels/conv2d_winograd.hpp>
#include <convexpr/kernels/conv2d_winograd_strided.hpp>
#include <convexpr/kernels/conv2d_winograd_weights.hpp>
#include <convexpr/network/blueprint.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

/// The gradient of weights has as many outputs as they have taps, and tiles in the place of taps.
constexpr kernels::Winograd filtering_of(const graph::Step& s) {
  const int taps = graph::filtering_taps(s.op.window);
  if (s.role == graph::Role::parameter_adjoint) return {taps, s.tile_outputs};
  return {s.tile_outputs, taps};
}

/// What tiles cut: the output before its pool.
constexpr Extent2 filtering_extent(const graph::Step& s) {
  return {s.op.out.height * s.pool.window.h, s.op.out.width * s.pool.window.w};
}

/// Whether a step computes a strided convolution, by space to depth.
constexpr bool is_strided_filtering(const graph::Step& s) {
  return s.tile_outputs > 0 && s.op.window.stride != Extent2(1);
}

/// Parameters prepared: whether the step's weights at the points are there, as in inference, of one
///            example or few; in training of a batch
constexpr kernels::ConvTile filtering_tile(const graph::Step& s, bool prepared) {
  if (s.role == graph::Role::parameter_adjoint) return {};
  const kernels::Winograd w = filtering_of(s);
  Extent2 out = filtering_extent(s);
  const bool strided = is_strided_filtering(s);  // a band of rows at a time
  if (strided) out.h = kernels::strided_band_height(w, out.h, out.w);
  const int examples = prepared || strided ? 1 : graph::usual_batch;
  const kernels::ConvTile t = kernels::winograd_tile(w, s.op.out.channels, out.h, out.w, examples);
  return kernels::without_rests(t, 1, kernels::blocks(s.op.out.channels, simd::lanes), true);
}

/// Floats of a step's weights at the points.
constexpr std::size_t floats_at_points(const graph::Step& s) {
  if (s.tile_outputs == 0 || s.role == graph::Role::parameter_adjoint) return 0;
  return kernels::winograd_weights_size(filtering_of(s), graph::filtering_channels(s.op),
                                        s.op.out.channels);
}

/// The geometry of the convolution that a step is, or whose adjoint it is.
constexpr kernels::ConvGeometry filtering_geometry(const graph::Step& s) {
  const bool forward = s.role == graph::Role::forward;
  return geometry_of(s.op, (forward ? s.op.in : s.op.out).channels,
                     (forward ? s.op.out : s.op.in).channels,
                     is_strided_filtering(s) ? 1 : simd::lanes);
}

/// The weights at the points for some blocks of a step's output channels, from those that its layer
/// stores. An adjoint needs `scratch` for them turned round.
template <kernels::Winograd W, graph::Role Role, bool Strided>
void transform_weights(const graph::Step& s, const float* packed, float* at_points, float* scratch,
                       kernels::ChannelRange out_blocks) {
  const kernels::ConvGeometry g = filtering_geometry(s);
  if constexpr (Strided) {
    kernels::transform_strided_weights<W>(g, packed, at_points, out_blocks);
  } else if constexpr (Role == graph::Role::forward) {
    kernels::transform_weights<W>(g, packed, at_points, out_blocks);
  } else {
    kernels::transform_turned_weights<W>(g, packed, at_points, scratch, out_blocks);
  }
}

using TransformWeights = void(const graph::Step& s, const float* packed, float* at_points,
                              float* scratch, kernels::ChannelRange out_blocks);

/// Floats that each member of a team works in.
constexpr std::size_t own_filtering_scratch(const graph::Step& s, int examples, bool prepared) {
  const kernels::Winograd w = filtering_of(s);
  if (s.role == graph::Role::parameter_adjoint) {
    return kernels::winograd_weights_scratch(w, s.op.out.channels, s.op.in.channels,
                                             {s.op.in.height, s.op.in.width}, examples);
  }
  const Extent2 out = filtering_extent(s);
  const kernels::ConvTile tile = filtering_tile(s, prepared);
  const int channels = graph::filtering_channels(s.op);
  return is_strided_filtering(s)
             ? kernels::winograd_strided_scratch(w, channels, tile, out.h, out.w)
             : kernels::winograd_scratch(w, channels, tile, out.h, out.w, examples);
}

/// Floats that a step by filtering works in. `prepared`: its weights at the points are there.
constexpr std::size_t filtering_scratch(const graph::Step& s, int examples, bool prepared) {
  const std::size_t floats = own_filtering_scratch(s, examples, prepared);
  if (prepared || s.role == graph::Role::parameter_adjoint) return floats;
  const std::size_t turned =
      s.role == graph::Role::forward ? 0 : kernels::turned_size(filtering_geometry(s));
  return floats + floats_at_points(s) + turned;
}

/// Whether a team divides a filtering by tiles, where every member reads all weights, or else by
/// groups of output channels, where every member transforms all tiles: what is less work for a member,
/// counted as graph/filtering.hpp does.
constexpr bool filters_by_tiles(const graph::Step& s, int members, int tiles, int groups,
                                kernels::ConvTile tile) {
  constexpr long long per_load = 10;  // products in the time in which a weight comes
  if (tiles < members) return false;
  const long long products = filtering_of(s).products();
  const int channels = graph::filtering_channels(s.op);
  const long long in_blocks = kernels::blocks(channels, simd::lanes);
  const auto cost = [&](long long own_tiles, long long out_blocks) {
    const long long computed = std::max({own_tiles, per_load, 1LL * tile.cols});
    return products * (channels * out_blocks * computed + 8 * own_tiles * (in_blocks + out_blocks));
  };
  const int out_blocks = kernels::blocks(s.op.out.channels, simd::lanes);
  const int own_groups = (groups + members - 1) / members;
  return cost((tiles + members - 1) / members, out_blocks) <=
         cost(tiles, std::min(out_blocks, own_groups * tile.blocks));
}

/// A convolution, or the adjoint of one, by all members of a team. `Prepared`: its weights at the
/// points are there.
template <kernels::Winograd W, kernels::ConvTile Tile, graph::Role Role, bool Strided,
          bool Prepared, class F, class Operands>
void run_filtering(const Call& c, const Operands& operands) {
  constexpr bool forward = Role == graph::Role::forward;
  const graph::Step& s = c.step;
  const kernels::Maps x = c.whole_input(0);
  const kernels::Maps y = c.output();
  const Share& share = c.share;

  float* scratch = c.scratch();
  const float* at_points = nullptr;
  if constexpr (Prepared) {
    at_points = c.weights_at_points();
  } else {
    float* const made = scratch;
    scratch += floats_at_points(s);
    const Range own = share.of(kernels::blocks(y.channels, simd::lanes));
    transform_weights<W, Role, Strided>(s, c.parameter(c.at.weight), made, scratch,
                                        {own.first, own.last});
    at_points = made;
    share.wait();
  }
  if (share.index > 0) scratch = c.own_scratch();

  const Extent2 out = filtering_extent(s);
  kernels::TileRuns runs =
      kernels::tile_runs(W, Tile, graph::filtering_channels(s.op), out.h, out.w, x.examples);
  const kernels::Cut groups = kernels::winograd_groups(y, Tile);
  Range own_groups{0, groups.count()};
  if (share.count > 1) {
    if (filters_by_tiles(s, share.count, runs.tiles(), groups.count(), Tile)) {
      const Range own = share.of(runs.tiles());
      runs = kernels::some_tile_runs(runs, Tile.cols, runs.size, own.first, own.last);
    } else {
      own_groups = groups.exact() ? share.of(groups.count()) : share.whole(groups.count());
    }
  }
  const float* const bias = forward ? c.parameter(c.at.bias) : nullptr;
  const kernels::Piece part{own_groups.first, own_groups.size()};
  if (part.size == 0) {  // more members than groups
  } else if constexpr (Strided) {
    kernels::conv2d_winograd_strided_part<W, Tile, F>(x, at_points, bias, y, s.op.window, runs,
                                                      part, scratch, operands);
  } else {
    const Padding& p = s.op.window.padding;
    constexpr int reach = W.taps - 1;
    const Extent2 padding =
        forward ? Extent2{p.top, p.left} : Extent2{reach - p.top, reach - p.left};
    kernels::conv2d_winograd_part<W, Tile, F>(x, at_points, bias, y, padding, runs, part, scratch,
                                              operands);
  }
  if constexpr (!F::zero_at_zero) {
    share.wait();
    if (share.index == 0) kernels::winograd_tail<F>(y);
  }
}

/// The gradients of a convolution's weights and bias: each member those of its blocks of output
/// channels.
template <kernels::Winograd W>
void run_filtering_of_gradient(const Call& c) {
  kernels::ConvGeometry g = filtering_geometry(c.step);
  kernels::Maps dy = c.whole_input(1);
  const Range own = c.share.of(kernels::blocks(dy.channels, simd::lanes));
  if (own.size() == 0) return;
  dy.data += own.first * dy.block_stride;
  dy.channels = std::min(own.size() * simd::lanes, dy.channels - own.first * simd::lanes);
  g.out_channels = dy.channels;
  float* const db = c.gradient(c.at.bias);
  kernels::conv2d_winograd_backward_weights<W>(
      c.whole_input(0), dy, c.gradient(c.at.weight) + own.first * kernels::packed_block_stride(g),
      db == nullptr ? nullptr : db + std::ptrdiff_t{own.first} * simd::lanes, g, c.own_scratch());
}

}  // namespace convexpr::detail
