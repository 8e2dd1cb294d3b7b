// Which steps give the gradient of parameters that others gave a part of before.
#pragma once

#include <convexpr/graph/graph.hpp>

namespace convexpr::graph {

/// Of the uses of a shared layer, the first to run backward writes the gradient of the parameters,
/// the others add to it. Asked once for each node, in the order of the plan.
class GradientWriters {
 public:
  constexpr explicit GradientWriters(const Graph& g)
      : learns_(g.nodes.size(), 0), apart_(g.nodes.size(), 0), written_(g.nodes.size(), 0) {
    for (const Parameter& p : g.parameters) {
      if (p.spec.learned) learns_[static_cast<std::size_t>(p.layer)] = 1;
    }
    for (const Node& n : g.nodes) {
      if (n.role == Role::parameter_adjoint) apart_[static_cast<std::size_t>(n.layer)] = 1;
    }
  }

  /// Whether the node's step gives a gradient that an earlier one has written.
  constexpr bool is_further(const Node& n) {
    if (!writes(n)) return false;
    char& written = written_[static_cast<std::size_t>(n.owner)];
    const bool further = written != 0;
    written = 1;
    return further;
  }

 private:
  /// Adjoints give the parameters' gradient on the way, unless there is a node of its own for it.
  constexpr bool writes(const Node& n) const {
    if (n.role == Role::parameter_adjoint) return true;
    return n.role == Role::adjoint && n.owner >= 0 &&
           learns_[static_cast<std::size_t>(n.owner)] != 0 &&
           apart_[static_cast<std::size_t>(n.layer)] == 0;
  }

  std::vector<char> learns_;   // owners with learned parameters
  std::vector<char> apart_;    // layers with a node for their parameters' gradient
  std::vector<char> written_;  // owners whose gradient has been written
};

}  // namespace convexpr::graph
