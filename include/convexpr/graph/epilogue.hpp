// Pass: elementwise work rides on the node that computes its input, while that is in registers.
#pragma once

#include <convexpr/graph/functions.hpp>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Whether a kind's kernels apply a function to what they have computed.
constexpr bool carries_function(Kind kind) {
  return is_convolution(kind) || is_group_norm(kind) || kind == Kind::linear ||
         kind == Kind::batch_norm2d || kind == Kind::sum;
}

/// Whether that function may read other values of the same shape, and parameters.
constexpr bool carries_operands(Kind kind) { return kind == Kind::conv2d; }

/// The input on which an elementwise node or a sum can ride, or -1: that which is computed last, if
/// nothing else reads it.
///
/// In training the adjoint of a function whose slope does not follow from its value reads what went
/// in: that is somebody else, and the two stay apart.
constexpr int carrier_of(const Graph& g, const Node& n, const std::vector<int>& consumers) {
  int last = -1;
  for (const int x : g.inputs(n)) last = x > last ? x : last;
  if (last < 1 || consumers[static_cast<std::size_t>(last)] != 1) return -1;
  const Node& p = g.node(last);
  if (p.role != Role::forward || !carries_function(p.op.kind)) return -1;
  const bool alone = is_elementwise(n.op.kind) && n.input_count == 1 && n.use_count == 0;
  return alone || carries_operands(p.op.kind) ? last : -1;
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

/// Attaches activations, and sums with what was there before, to the layer that computes their
/// input.
constexpr void attach_epilogues(Graph& g) {
  std::vector<int> consumers = consumer_counts(g);
  Replacement replacement(g);
  for (int i = 0; i < g.size(); ++i) {
    const bool rides = g.node(i).op.kind == Kind::sum || is_elementwise(g.node(i).op.kind);
    if (g.node(i).removed || g.node(i).role != Role::forward || !rides) continue;
    const Node n = g.node(i);
    for (int& x : g.inputs(n)) x = replacement[x];
    const int producer = carrier_of(g, n, consumers);
    if (producer < 0 || !attach(g, n, producer)) continue;
    consumers[static_cast<std::size_t>(producer)] = consumers[static_cast<std::size_t>(i)];
    replacement.rides(i, producer);
  }
  replacement.apply(g);
}

}  // namespace convexpr::graph
