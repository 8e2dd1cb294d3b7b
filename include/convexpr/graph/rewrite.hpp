// Rewriting of edges, which several passes need.
#pragma once

#include <convexpr/graph/graph.hpp>

namespace convexpr::graph {

/// Which node stands for each node: itself, or one that took its place.
class Replacement {
 public:
  constexpr explicit Replacement(const Graph& g) : by_(g.nodes.size(), 0) {
    for (std::size_t i = 0; i < by_.size(); ++i) by_[i] = static_cast<int>(i);
  }
  /// `to` takes the place of `from`, which comes later in the graph. What `from` did is no longer
  /// done, or not needed.
  constexpr void set(int from, int to) { by_[static_cast<std::size_t>(from)] = (*this)[to]; }
  /// `to` takes the place of `from` and does its work along with its own.
  constexpr void rides(int from, int to) { rides(from, to, to); }
  /// `to` takes the place of `from`, whose work is done by `on`, a reader of it.
  constexpr void rides(int from, int to, int on) {
    set(from, to);
    rides_.push_back({from, on});
  }
  constexpr int operator[](int i) const { return i < 0 ? i : by_[static_cast<std::size_t>(i)]; }

  /// Marks replaced nodes as removed and lets everything refer to what replaced them.
  constexpr void apply(Graph& g) const {
    for (std::size_t i = 0; i < by_.size(); ++i) {
      if (by_[i] != static_cast<int>(i)) g.nodes[i].removed = true;
    }
    for (const Ride& r : rides_) g.let_ride(r.node, (*this)[r.on]);
    for (int& edge : g.edges) edge = (*this)[edge];
    for (Scope& s : g.scopes) s.output = (*this)[s.output];
    for (SideOutput& h : g.heads) h.node = (*this)[h.node];
    g.output = (*this)[g.output];
    g.output_adjoint = (*this)[g.output_adjoint];
    g.input_adjoint = (*this)[g.input_adjoint];
  }

 private:
  struct Ride {
    int node;
    int on;
  };

  std::vector<int> by_;
  std::vector<Ride> rides_;
};

/// How many nodes read each node; the network's results count as read.
constexpr std::vector<int> consumer_counts(const Graph& g) {
  std::vector<int> counts(g.nodes.size(), 0);
  for (const Node& n : g.nodes) {
    if (n.removed) continue;
    for (const int i : g.inputs(n)) ++counts[static_cast<std::size_t>(i)];
  }
  ++counts[static_cast<std::size_t>(g.output)];
  for (const SideOutput& h : g.heads) ++counts[static_cast<std::size_t>(h.node)];
  if (g.input_adjoint >= 0) ++counts[static_cast<std::size_t>(g.input_adjoint)];
  return counts;
}

/// Whether other nodes use the parameters of `n` too.
constexpr bool shares_parameters(const Graph& g, const Node& n) {
  for (const Node& other : g.nodes) {
    if (other.owner == n.owner && other.layer != n.layer) return true;
  }
  return false;
}

/// Which nodes are wanted: those from which the output follows, or one of the heads.
constexpr std::vector<char> wanted_nodes(const Graph& g, bool heads) {
  std::vector<char> wanted(g.nodes.size(), 0);
  wanted[0] = wanted[static_cast<std::size_t>(g.output)] = 1;
  for (const SideOutput& h : g.heads) {
    if (heads) wanted[static_cast<std::size_t>(h.node)] = 1;
  }
  for (std::size_t i = g.nodes.size(); i-- > 0;) {
    if (wanted[i] == 0) continue;
    for (const int x : g.inputs(g.nodes[i])) wanted[static_cast<std::size_t>(x)] = 1;
  }
  return wanted;
}

}  // namespace convexpr::graph
