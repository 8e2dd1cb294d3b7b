// Pass: elementwise work rides on the node that computes its input, while that is in registers.
#pragma once

#include <algorithm>
#include <convexpr/graph/functions.hpp>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Whether a kind's kernels apply a function to what they have computed. It may read other values of
/// the same shape, and parameters.
constexpr bool carries_function(Kind kind) {
  return is_convolution(kind) || is_group_norm(kind) || kind == Kind::linear ||
         kind == Kind::batch_norm2d || kind == Kind::sum;
}

/// Whether something can ride on a node. Of adjoints, on that of a convolution, as gradients that
/// follow from one another are mostly made by those, and of a local response norm, which stands between
/// a function and a pool.
constexpr bool is_carrier(const Node& n) {
  if (n.role == Role::forward) return carries_function(n.op.kind);
  if (n.role != Role::adjoint) return false;
  return n.op.kind == Kind::local_response_norm || (n.op.kind == Kind::conv2d && n.interleave != 1);
}

/// The input on which an elementwise node can ride, or -1: that which is computed last, if nothing
/// else reads it.
///
/// In training the adjoint of a function whose slope does not follow from its value reads what went
/// in: that is somebody else, and the two stay apart.
constexpr int carrier_of(const Graph& g, const Node& n, const std::vector<int>& consumers) {
  int last = -1;
  for (const int x : g.inputs(n)) last = x > last ? x : last;
  if (last < 1 || consumers[static_cast<std::size_t>(last)] != 1) return -1;
  return is_carrier(g.node(last)) ? last : -1;
}

/// Lets `n` ride on node `p`; whether that is possible.
constexpr bool attach(Graph& g, const Node& n, int p) {
  Node& producer = g.node(p);
  if (producer.epilogue < 0 && n.formula >= 0 && n.input_count == 1 && n.use_count == 0) {
    producer.epilogue = n.formula;
    return true;
  }
  JoinedFunction joined;
  int carried = joined.value_of(JoinedFunction::carried);
  if (producer.epilogue >= 0) {
    std::vector<int> values{carried};
    for (int k = producer.own_inputs; k < producer.input_count; ++k) {
      values.push_back(joined.value_of(g.inputs(producer)[static_cast<std::size_t>(k)]));
    }
    carried = joined.apply(g.formula(producer.epilogue), values, g.uses_of(producer));
  }
  std::vector<int> values;
  for (const int x : g.inputs(n)) values.push_back(x == p ? carried : joined.value_of(x));
  int result = values[0];
  if (is_elementwise(n.op.kind)) {
    result = joined.apply(g.formula(n.formula), values, g.uses_of(n));
  } else {
    for (std::size_t k = 1; k < values.size(); ++k) result = joined.add(result, values[k]);
  }
  if (!joined.fits()) return false;
  const expr::Formula f = joined.finish(result);
  if (f.size == 0) return false;
  producer.epilogue = g.intern(f);
  std::vector<int> inputs;
  for (int k = 0; k < producer.own_inputs; ++k) {
    inputs.push_back(g.inputs(producer)[static_cast<std::size_t>(k)]);
  }
  for (const int x : joined.nodes()) {
    if (x != JoinedFunction::carried) inputs.push_back(x);
  }
  g.set_inputs(producer, inputs, producer.own_inputs);
  g.set_uses(producer, joined.uses());
  return true;
}

/// Lets the parts of sum `i` add up where they are computed: each that can carries the sum of those
/// that were there before it. What is left is summed by the node, if there is more than one.
constexpr int attach_sum(Graph& g, int i, const std::vector<int>& consumers) {
  std::vector<int> parts(g.inputs(g.node(i)).begin(), g.inputs(g.node(i)).end());
  std::sort(parts.begin(), parts.end());
  std::vector<int> left;
  for (const int x : parts) {
    left.push_back(x);
    if (left.size() == 1 || consumers[static_cast<std::size_t>(x)] != 1 || !is_carrier(g.node(x))) {
      continue;
    }
    Node so_far = g.node(i);
    g.set_inputs(so_far, left, static_cast<int>(left.size()));
    if (!attach(g, so_far, x)) continue;
    left = {x};
    if (so_far.layer < 0) g.riders.push_back({so_far.layer, so_far.role, x, -1});
  }
  if (left.size() == 1) return left[0];
  if (left.size() < parts.size()) g.set_inputs(g.node(i), left, static_cast<int>(left.size()));
  return -1;
}

/// Whether a node is elementwise work that can ride: it has one result, and no gradients of
/// parameters.
constexpr bool can_ride(const Graph& g, const Node& n) {
  if (n.op.kind == Kind::sum) return true;
  return is_elementwise(n.op.kind) && n.role != Role::parameter_adjoint && n.gradient_uses == 0 &&
         g.formula(n.formula).result_count == 1;
}

/// Attaches activations, their slopes, and sums with what was there before, to the layer that
/// computes their input.
constexpr void attach_epilogues(Graph& g) {
  std::vector<int> consumers = consumer_counts(g);
  Replacement replacement(g);
  for (int i = 0; i < g.size(); ++i) {
    const bool sums = g.node(i).op.kind == Kind::sum;
    if (g.node(i).removed || !can_ride(g, g.node(i))) continue;
    const Node n = g.node(i);
    for (int& x : g.inputs(n)) x = replacement[x];
    int producer = -1;
    if (sums) {
      producer = attach_sum(g, i, consumers);
    } else {
      producer = carrier_of(g, n, consumers);
      if (producer >= 0 && !attach(g, n, producer)) producer = -1;
    }
    if (producer < 0) continue;
    consumers[static_cast<std::size_t>(producer)] = consumers[static_cast<std::size_t>(i)];
    if (n.layer < 0) {
      replacement.set(i, producer);
    } else {
      replacement.rides(i, producer);
    }
  }
  replacement.apply(g);
}

}  // namespace convexpr::graph
