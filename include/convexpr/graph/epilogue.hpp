// Pass: elementwise work rides on the node that computes its input, while that is in registers.
#pragma once

#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Attaches an activation to the convolution of any kind, linear layer or sum before it, if nothing
/// else reads that. In training the adjoint of an activation whose slope does not follow from its
/// value reads what went in: that is somebody else, and the two stay apart.
constexpr void attach_epilogues(Graph& g) {
  const std::vector<int> consumers = consumer_counts(g);
  Replacement replacement(g);
  for (int i = 0; i < g.size(); ++i) {
    const Node& n = g.node(i);
    if (n.removed || n.role != Role::forward || !is_activation(n.op.kind)) continue;
    const int producer = g.inputs(n)[0];
    Node& p = g.node(producer);
    const bool carries =
        p.role == Role::forward && p.activation == Activation{} &&
        (is_convolution(p.op.kind) || p.op.kind == Kind::linear || p.op.kind == Kind::sum);
    if (!carries || consumers[static_cast<std::size_t>(producer)] != 1) continue;
    p.activation = {n.op.kind, n.op.alpha};
    replacement.rides(i, producer);
  }
  replacement.apply(g);
}

}  // namespace convexpr::graph
