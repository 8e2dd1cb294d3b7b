// Pass: convolutions that read one input alike become parts of one step.
#pragma once

#include <convexpr/graph/graph.hpp>

namespace convexpr::graph {

/// Whether two convolutions slide over the same input in the same way.
constexpr bool are_siblings(const Graph& g, const Node& a, const Node& b) {
  return a.tile_outputs == 0 && b.tile_outputs == 0 && a.pool == Pooling{} && b.pool == Pooling{} &&
         g.inputs(a)[0] == g.inputs(b)[0] && a.op.window == b.op.window &&
         a.op.groups == b.op.groups && a.interleave == b.interleave;
}

/// Lets the first of several sibling convolutions lead the others: they run together, a band of rows
/// at a time, so that the second finds in the cache what the first has read.
///
/// A sibling that needs a value which comes after the leader stays alone.
constexpr void merge_siblings(Graph& g) {
  for (int i = 1; i < g.size(); ++i) {
    Node& n = g.node(i);
    if (n.removed || n.op.kind != Kind::conv2d || n.role != Role::forward) continue;
    for (int k = 1; k < i && n.leader < 0; ++k) {
      const Node& first = g.node(k);
      if (first.removed || first.op.kind != Kind::conv2d || first.role != Role::forward ||
          first.leader >= 0 || !are_siblings(g, first, n)) {
        continue;
      }
      bool ready = true;
      for (const int x : g.inputs(n)) ready = ready && x < k;
      if (ready) n.leader = k;
    }
  }
}

}  // namespace convexpr::graph
