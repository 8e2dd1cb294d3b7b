// Pass: which convolutions are computed by Winograd's filtering, and with tiles of what size.
//
// Its products are fewer, its weights more: four or two numbers for one. So the choice weighs
// multiply-adds against bytes. kernels/conv2d_winograd.hpp computes it.
#pragma once

#include <convexpr/graph/graph.hpp>
#include <convexpr/graph/options.hpp>
#include <convexpr/shape/adjoint.hpp>

namespace convexpr::graph {

/// Points along an axis at which a tile of `outputs` is evaluated.
constexpr int filtering_points(int outputs, int taps) { return outputs + taps - 1; }

/// Taps along an axis of the convolution of stride 1 that tiles compute, and its channels.
constexpr int filtering_taps(const Window& w) { return window::space_to_depth_taps(w); }
constexpr int filtering_channels(const Operation& op) {
  return window::space_to_depth_channels(op.window, op.in.channels);
}

/// Whether a convolution is filtered by space to depth: a strided one of a planar image, which is few
/// vectors of channels even then.
constexpr bool by_space_to_depth(const Node& n) {
  const Extent2 stride = n.op.window.stride;
  return n.interleave == 1 && n.role == Role::forward && stride.h == stride.w &&
         (stride.h == 2 || stride.h == 4);
}

/// Whether tiles of `outputs` x `outputs` compute a convolution node: square windows at every pixel,
/// of blocked maps that hold a whole tile, or strided ones of a planar image. The tiles of an adjoint
/// are of dx, those of a parameter's gradient of dy, and with 5x5 weights too inexact.
constexpr bool filtering_fits(const Node& n, int outputs) {
  const Window& w = n.op.window;
  if (n.op.kind != Kind::conv2d) return false;
  const int taps = filtering_taps(w);
  const int points = filtering_points(outputs, taps);
  const Shape& tiled = n.role == Role::parameter_adjoint ? n.op.in : n.op.out;
  const int reach = w.kernel.h - 1;
  return (by_space_to_depth(n) || (n.interleave != 1 && w.stride == Extent2(1))) &&
         n.op.groups == 1 && w.kernel.h == w.kernel.w && taps >= 3 && outputs >= 2 &&
         (points == 4 || points == 6) && w.dilation == Extent2(1) && tiled.height >= outputs &&
         tiled.width >= outputs &&
         (n.role != Role::adjoint || (w.padding.top <= reach && w.padding.left <= reach)) &&
         (n.role != Role::parameter_adjoint || w.kernel.h == 3);
}

/// Examples that a batch in training is taken to have.
inline constexpr int usual_batch = 8;

/// Weights, in floats, that a second-level cache keeps from one use to the next.
inline constexpr int most_cached_weights = 512 * 1024;

/// What the choice depends on besides a node.
struct FilteringCosts {
  int lanes = 1;
  bool weights_stay = false;        // those of the whole graph, in the cache
  bool transforms_weights = false;  // first, once a batch, as in training

  /// Multiply-adds in the time that a vector of weights takes to come, where a convolution has so many
  /// floats of them: from beyond the second-level cache at the pace that was measured.
  constexpr long long per_load(long long floats) const {
    return weights_stay && floats <= most_cached_weights ? 4 : 12;
  }
};

constexpr FilteringCosts filtering_costs(const Graph& g, int lanes, bool constant) {
  long long weights = 0;
  for (const Node& n : g.nodes) {
    if (n.removed || n.role != Role::forward || n.op.kind != Kind::conv2d) continue;
    const Extent2 k = n.op.window.kernel;
    weights += 1LL * n.op.in.channels / n.op.groups * n.op.out.channels * k.h * k.w;
  }
  return {lanes, weights <= most_cached_weights, !constant};
}

/// What a convolution costs by tiles of `outputs` x `outputs`, or directly for `outputs` = 1, in
/// multiply-adds of vectors for one example.
///
/// Transforms cost what they were measured to.
constexpr long long filtering_cost(const Node& n, int outputs, const FilteringCosts& costs) {
  const int lanes = costs.lanes;
  if (outputs == 1 && n.role == Role::adjoint) {
    const Shape& dx = n.op.out;
    const int taps = n.op.window.kernel.h * n.op.window.kernel.w;
    if (window::sums_over_outputs(dx.channels, n.op.in.channels, taps, lanes)) {
      return 1LL * dx.height * dx.width *
             window::products_over_outputs(dx.channels, n.op.in.channels, taps, lanes);
    }
  }
  const long long in = outputs == 1 ? n.op.in.channels : filtering_channels(n.op);
  const long long in_blocks = (in + lanes - 1) / lanes;
  const long long out_blocks = (n.op.out.channels + lanes - 1) / lanes;
  const Window& w = n.op.window;
  const int points = outputs == 1 ? w.kernel.h : filtering_points(outputs, filtering_taps(w));
  const long long products = points * points;
  const Shape& tiled = n.role == Role::parameter_adjoint ? n.op.in : n.op.out;
  const long long tiles = static_cast<long long>((tiled.height + outputs - 1) / outputs) *
                          ((tiled.width + outputs - 1) / outputs);
  const long long vectors = in * out_blocks;  // of weights at one point
  const long long examples = costs.transforms_weights ? usual_batch : 1;
  const long long together = tiles * examples;  // products of one vector of weights
  const long long per_load = costs.per_load(products * vectors * lanes);
  long long cost = products * vectors * (together + per_load);
  if (outputs == 1 && n.role == Role::adjoint) cost = cost * 3 / 2;  // its kernel's rate is lower
  if (outputs > 1) {
    cost += together * 8 * products * (in_blocks + out_blocks);
    if (by_space_to_depth(n)) cost += together * outputs * outputs * in * 5;
    if (costs.transforms_weights) cost += 4 * per_load * products * vectors;  // lines come, and go
  }
  return cost / examples;
}

/// The tile of least cost: its outputs along an axis, or 0 for a direct convolution.
constexpr int best_filtering(const Node& n, const FilteringCosts& costs) {
  int best = 0;
  long long least = filtering_cost(n, 1, costs) * 7 / 8;  // in doubt, directly
  for (const int outputs : {2, 3, 4}) {
    if (!filtering_fits(n, outputs)) continue;
    const long long cost = filtering_cost(n, outputs, costs);
    if (cost < least) {
      least = cost;
      best = outputs;
    }
  }
  return best;
}

/// Decides for every convolution and the adjoint of its input.
constexpr void choose_filtering(Graph& g, int lanes, bool constant, const Options& options) {
  if (options.numerics == Numerics::exact || options.filtering == Filtering::direct) return;
  const FilteringCosts costs = filtering_costs(g, lanes, constant);
  for (Node& n : g.nodes) {
    if (n.removed || n.op.kind != Kind::conv2d) continue;
    if (options.filtering == Filtering::automatic) {
      n.tile_outputs = best_filtering(n, costs);
    } else {
      const int largest = options.filtering == Filtering::winograd_2 ? 2 : 4;
      const int outputs = largest == 4 && filtering_taps(n.op.window) == 4 ? 3 : largest;
      n.tile_outputs = filtering_fits(n, outputs) ? outputs : 0;
    }
  }
}

}  // namespace convexpr::graph
