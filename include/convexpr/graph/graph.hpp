// An architecture on one input shape, as plain values: nodes, the edges between them, their scopes.
//
// Nodes stand in an order in which every node comes after those it reads. The forward nodes come
// from build.hpp; differentiate.hpp appends their adjoints; the other passes rewrite what is there.
#pragma once

#include <convexpr/layers/operation.hpp>
#include <span>
#include <vector>

namespace convexpr::graph {

/// Values that one sum may add; more are added in several sums.
inline constexpr std::size_t most_summands = 64;

/// What a node is to the layer that it stems from.
enum class Role {
  forward,           // y from x
  adjoint,           // dx from dy
  parameter_adjoint  // the gradient of the parameters from x and dy; no tensor comes out
};

/// A parameter that an elementwise function reads, or in an adjoint, whose gradient it gives.
struct Use {
  int owner = -1;  // whose parameter: as Node::owner
  std::string_view name;
  bool per_channel = true;  // else one number for all

  friend constexpr bool operator==(const Use&, const Use&) = default;
};

/// A pool whose windows lie side by side, and that rides on the node that computes its input.
struct Pooling {
  Extent2 window{1};
  bool maximum = true;  // else the average

  friend constexpr bool operator==(const Pooling&, const Pooling&) = default;
};

/// One operation in the graph; its output is the value of the same number.
struct Node {
  Operation op;
  Role role = Role::forward;
  int formula = -1;  // in Graph::formulas: what an elementwise node computes of its inputs and uses
  int epilogue = -1;    // of any other: what rides on it, a function of its own result, then of the
                        // inputs past own_inputs, then of its uses
  int layer = -1;       // index among the forward nodes as built: which mask, which statistics
  int owner = -1;       // whose parameters: `layer`, or the same one in a shared block's first use
  int first_input = 0;  // in Graph::edges
  int input_count = 0;
  int own_inputs = 0;  // the rest are the epilogue's
  int first_use = 0;   // in Graph::uses
  int use_count = 0;
  int gradient_uses = 0;  // the last of the uses: those whose gradient it gives
  int result = 0;         // of a further result: which one of those of its input
  int scope = -1;         // where the user wrote it
  int first_channel = 0;  // adjoint of concat: where the part begins
  int interleave = 0;     // conv2d: 1 if it reads a planar image, else 0 for blocks of lanes
  Pooling pool{};         // of what a convolution computes, before it is stored as op.out
  int norm = -1;          // of a convolution: the batch norm that its weights can take in
  bool folded = false;    // and have taken in
  int tile_outputs = 0;  // of a convolution by Winograd's filtering: its tiles are so wide and high
  int leader = -1;       // the sibling in whose step it runs, if not in one of its own
  bool removed = false;
};

/// A step of the path to a layer: a position in a chain or a name.
struct Scope {
  int parent = -1;
  int position = -1;
  std::string_view name;
  int output = -1;  // node that holds the block's result

  friend constexpr bool operator==(const Scope&, const Scope&) = default;
};

/// A parameter of a layer.
struct Parameter {
  ParameterSpec spec;
  int layer = -1;
};

/// A side output.
struct SideOutput {
  std::string_view name;
  int node = -1;     // that holds it
  int adjoint = -1;  // node that stands for its incoming gradient
};

inline constexpr int longest_path = 96;  // characters
inline constexpr int deepest_path = 32;  // steps
using Path = FixedString<longest_path>;

/// Path of a scope: "inception_3a.1.2"; empty for the architecture itself.
constexpr Path path(std::span<const Scope> scopes, int scope) {
  int chain[deepest_path]{};
  int depth = 0;
  for (int s = scope; s > 0 && depth < deepest_path;
       s = scopes[static_cast<std::size_t>(s)].parent) {
    chain[depth++] = s;
  }
  Path out;
  while (depth > 0) {
    const Scope& s = scopes[static_cast<std::size_t>(chain[--depth])];
    if (!out.empty()) out << ".";
    if (s.position >= 0) {
      out << s.position;
    } else {
      out << s.name;
    }
  }
  return out;
}

/// The work of a layer that another node does along with its own.
struct Rider {
  int layer = -1;  // -1 for a sum of gradients
  Role role = Role::forward;
  int on = -1;    // the node; in a plan, the step
  int part = -1;  // in a plan: which of Plan::parts does it, if not the step's own convolution
};

/// The graph while it is built and rewritten.
struct Graph {
  std::vector<Node> nodes;
  std::vector<int> edges;
  std::vector<Use> uses;
  std::vector<expr::Formula> formulas;
  std::vector<Scope> scopes;
  std::vector<Parameter> parameters;
  std::vector<SideOutput> heads;
  std::vector<Rider> riders;
  int output = 0;           // node whose value the network gives
  int forward_nodes = 0;    // nodes from here on are adjoints; 0 while there are none
  int output_adjoint = -1;  // node that stands for the incoming gradient
  int input_adjoint = -1;   // node that holds the gradient of the network's input
  Refusal refusal;

  constexpr std::span<int> inputs(const Node& n) {
    return {edges.data() + n.first_input, static_cast<std::size_t>(n.input_count)};
  }
  constexpr std::span<const int> inputs(const Node& n) const {
    return {edges.data() + n.first_input, static_cast<std::size_t>(n.input_count)};
  }
  constexpr std::span<Use> uses_of(const Node& n) {
    return {uses.data() + n.first_use, static_cast<std::size_t>(n.use_count)};
  }
  constexpr std::span<const Use> uses_of(const Node& n) const {
    return {uses.data() + n.first_use, static_cast<std::size_t>(n.use_count)};
  }
  constexpr const expr::Formula& formula(int i) const {
    return formulas[static_cast<std::size_t>(i)];
  }
  constexpr Node& node(int i) { return nodes[static_cast<std::size_t>(i)]; }
  constexpr const Node& node(int i) const { return nodes[static_cast<std::size_t>(i)]; }
  constexpr int size() const { return static_cast<int>(nodes.size()); }

  /// Node `on` does the work of node `from` along with its own, and what `from` did along.
  constexpr void let_ride(int from, int on) {
    for (Rider& r : riders) {
      if (r.on == from) r.on = on;
    }
    riders.push_back({node(from).layer, node(from).role, on, -1});
  }

  /// Appends a node that reads the given ones; gives its number.
  constexpr int add(Node n, std::span<const int> from) {
    n.first_input = static_cast<int>(edges.size());
    n.input_count = n.own_inputs = static_cast<int>(from.size());
    for (const int f : from) edges.push_back(f);
    nodes.push_back(n);
    return size() - 1;
  }

  /// Gives a node other inputs, of which the first `own` are its operation's.
  constexpr void set_inputs(Node& n, std::span<const int> from, int own) {
    n.first_input = static_cast<int>(edges.size());
    n.input_count = static_cast<int>(from.size());
    n.own_inputs = own;
    for (const int f : from) edges.push_back(f);
  }

  constexpr void set_uses(Node& n, std::span<const Use> of) {
    n.first_use = static_cast<int>(uses.size());
    n.use_count = static_cast<int>(of.size());
    for (const Use& u : of) uses.push_back(u);
  }

  /// The number of a formula; equal ones have one.
  constexpr int intern(const expr::Formula& f) {
    for (std::size_t i = 0; i < formulas.size(); ++i) {
      if (formulas[i] == f) return static_cast<int>(i);
    }
    formulas.push_back(f);
    return static_cast<int>(formulas.size()) - 1;
  }
};

}  // namespace convexpr::graph
