// Pass: reverse-mode differentiation. The graph grows by the adjoints of its nodes.
//
// The backward pass is a graph like the forward one: the same passes fuse, order and place both.
#pragma once

#include <convexpr/graph/function_adjoint.hpp>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Appends, for every node that needs it, the nodes that turn dL/dy into dL/dx and dL/dw.
class Differentiation {
 public:
  /// `input_gradient` asks for the gradient of the network's input as well.
  constexpr Differentiation(Graph& g, bool input_gradient)
      : g_(g),
        count_(g.size()),
        needs_(g.nodes.size(), 0),
        terms_(g.nodes.size(), std::vector<int>{}),
        consumers_(consumer_counts(g)),
        applied_(g.nodes.size(), 0) {
    needs_[0] = input_gradient ? 1 : 0;
    std::vector<char> learns(g.nodes.size(), 0);  // by layer, which is not a node's number
    for (const Parameter& p : g.parameters)
      if (p.spec.learned) learns[static_cast<std::size_t>(p.layer)] = 1;
    for (int i = 1; i < count_; ++i) {
      const int owner = g_.node(i).owner;
      if (owner >= 0) needs_[static_cast<std::size_t>(i)] = learns[static_cast<std::size_t>(owner)];
      for (const int x : g_.inputs(g_.node(i))) {
        if (needs(x)) needs_[static_cast<std::size_t>(i)] = 1;
      }
    }
  }

  constexpr void run() {
    g_.forward_nodes = count_;
    g_.output_adjoint = add_seed(g_.output);
    for (SideOutput& h : g_.heads) h.adjoint = add_seed(h.node);
    for (int i = count_ - 1; i > 0; --i) {
      if (!g_.node(i).removed && needs(i) && !terms_[static_cast<std::size_t>(i)].empty()) {
        add_adjoints(i, gradient_of(i));
      }
    }
    if (needs(0) && !terms_[0].empty()) g_.input_adjoint = gradient_of(0);
  }

 private:
  constexpr bool needs(int i) const { return needs_[static_cast<std::size_t>(i)] != 0; }
  constexpr bool is_applied(int i) const { return applied_[static_cast<std::size_t>(i)] != 0; }

  /// A node for the incoming gradient of a result.
  constexpr int add_seed(int result) {
    Node seed;
    seed.op.kind = Kind::input;
    seed.op.in = seed.op.out = g_.node(result).op.out;
    seed.role = Role::adjoint;
    const int node = g_.add(seed, {});
    terms_[static_cast<std::size_t>(result)].push_back(node);
    return node;
  }

  /// The gradient of value `i`: what its consumers sent, added up.
  constexpr int gradient_of(int i) {
    std::vector<int> terms = terms_[static_cast<std::size_t>(i)];
    while (terms.size() > 1) {
      Node n;
      n.op.kind = Kind::sum;
      n.op.in = n.op.out = g_.node(terms[0]).op.out;
      const std::size_t count = terms.size() < most_summands ? terms.size() : most_summands;
      const int sum = g_.add(n, std::span(terms.data(), count));
      terms.erase(terms.begin() + 1, terms.begin() + static_cast<std::ptrdiff_t>(count));
      terms[0] = sum;
    }
    return terms[0];
  }

  constexpr int add(const Node& of, Role role, std::initializer_list<int> from) {
    Node n = of;
    n.role = role;
    n.op.in = of.op.out;
    n.op.out = of.op.in;
    return g_.add(n, std::span(from.begin(), from.size()));
  }

  constexpr void send(int x, int gradient) {
    if (needs(x)) terms_[static_cast<std::size_t>(x)].push_back(gradient);
  }

  /// The elementwise node whose function's values node `i` holds, if the function's slope follows
  /// from them: itself, or the first of those of which it is a concat or a pool of maxima, and that
  /// nothing else reads. Else -1.
  constexpr int function_of_values(int i) {
    const Node n = g_.node(i);
    if (is_elementwise(n.op.kind)) {
      if (n.input_count != 1 || n.use_count > 0 || !needs(g_.inputs(n)[0])) return -1;
      const expr::Adjoint& a = derivative(n.formula, 1);
      return a.reads_output() && !a.reads_input(0) ? i : -1;
    }
    if (n.op.kind != Kind::concat && !is_max_pool(n.op.kind)) return -1;
    int function = -1;
    for (const int x : g_.inputs(n)) {
      if (consumers_[static_cast<std::size_t>(x)] != 1) return -1;
      const int f = function_of_values(x);
      if (f < 0) return -1;
      if (function >= 0 && g_.node(f).formula != g_.node(function).formula) return -1;
      if (function < 0) function = f;
    }
    return function;
  }

  /// dy times the slopes of the function whose values `i` holds: on a pool's outputs instead of its
  /// inputs, and on a concat instead of its parts, where the nodes that compute dy can carry it.
  constexpr int times_slopes(int i, int function, int dy) {
    Node node = g_.node(function);
    const int x[]{g_.inputs(node)[0]};
    const FunctionAdjoint a = function_adjoint(derivative(node.formula, 1), {i, dy, x, {}}, 1);
    node.role = Role::adjoint;
    node.op.in = node.op.out = g_.node(i).op.out;
    node.formula = g_.intern(a.formula);
    const int result = g_.add(node, a.nodes);
    mark_applied(i, result);
    return result;
  }

  /// Node `by` has applied the slopes of what `i` holds.
  constexpr void mark_applied(int i, int by) {
    const Node& n = g_.node(i);
    applied_[static_cast<std::size_t>(i)] = 1;
    if (is_elementwise(n.op.kind)) {
      if (n.layer != g_.node(by).layer) g_.riders.push_back({n.layer, Role::adjoint, by, -1});
      return;
    }
    for (const int x : g_.inputs(n)) mark_applied(x, by);
  }

  constexpr void add_adjoints(int i, int dy) {
    const Node n = g_.node(i);
    if (is_elementwise(n.op.kind)) {
      if (!is_applied(i)) return add_function_adjoints(i, n, dy);
      return send(g_.inputs(n)[0], dy);
    }
    const int function = is_applied(i) ? -1 : function_of_values(i);
    if (function >= 0) dy = times_slopes(i, function, dy);
    const int x = g_.inputs(n)[0];
    switch (n.op.kind) {
      case Kind::conv2d:
      case Kind::depthwise_conv2d:
      case Kind::conv_transpose2d:
      case Kind::linear:
        add(n, Role::parameter_adjoint, {x, dy});
        if (needs(x)) send(x, add(n, Role::adjoint, {dy}));
        break;
      case Kind::batch_norm2d:  // theirs give the parameters' gradient on the way
      case Kind::layer_norm:
      case Kind::group_norm:
      case Kind::instance_norm2d:
      case Kind::local_response_norm:
      case Kind::max_pool2d:
      case Kind::adaptive_max_pool2d:
      case Kind::global_max_pool2d: send(x, add(n, Role::adjoint, {x, dy})); break;
      case Kind::lp_pool2d: send(x, add(n, Role::adjoint, {x, i, dy})); break;
      case Kind::softmax:
      case Kind::log_softmax: send(x, add(n, Role::adjoint, {i, dy})); break;
      case Kind::avg_pool2d:
      case Kind::adaptive_avg_pool2d:
      case Kind::global_avg_pool2d:
      case Kind::upsample_nearest:
      case Kind::upsample_bilinear:
      case Kind::filter2d:
      case Kind::pad2d:
      case Kind::crop2d:
      case Kind::flatten:
      case Kind::dropout:
      case Kind::dropout2d: send(x, add(n, Role::adjoint, {dy})); break;
      case Kind::sum:
        for (int k = 0; k < n.input_count; ++k) send(g_.inputs(n)[static_cast<std::size_t>(k)], dy);
        break;
      case Kind::user:  // as the norms; a linear one does without x
        if (n.op.user->vjp_reads_input) {
          send(x, add(n, Role::adjoint, {x, dy}));
        } else {
          send(x, add(n, Role::adjoint, {dy}));
        }
        break;
      case Kind::concat: add_parts(n, dy); break;
      default: break;  // inputs and identities; elementwise functions are done
    }
  }

  /// The adjoints of some inputs of a function, with the nodes that they read in front.
  struct Derived {
    int formula = -1;  // of the function
    unsigned wanted = 0;
    expr::Adjoint adjoint;
  };

  /// Derived once for all nodes that compute the same function.
  constexpr const expr::Adjoint& derivative(int formula, unsigned wanted) {
    for (const Derived& d : derived_) {
      if (d.formula == formula && d.wanted == wanted) return d.adjoint;
    }
    derived_.push_back({formula, wanted, expr::differentiate(g_.formula(formula), wanted)});
    return derived_.back().adjoint;
  }

  constexpr void add_function_adjoints(int i, const Node& n, int dy) {
    const std::vector<int> inputs(g_.inputs(n).begin(), g_.inputs(n).end());
    const std::vector<Use> uses(g_.uses_of(n).begin(), g_.uses_of(n).end());
    unsigned wanted = 0;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (needs(inputs[k])) wanted |= 1U << k;
    }
    for (std::size_t k = 0; k < uses.size(); ++k) wanted |= 1U << (inputs.size() + k);
    const FunctionAdjoint a =
        function_adjoint(derivative(n.formula, wanted), {i, dy, inputs, uses}, wanted);
    int first = -1;
    if (a.formula.result_count > 0) {
      Node node = n;
      node.role = a.sent_results > 0 ? Role::adjoint : Role::parameter_adjoint;
      node.op.in = n.op.out;
      node.formula = g_.intern(a.formula);
      node.gradient_uses = a.gradient_uses;
      g_.set_uses(node, a.uses);
      first = g_.add(node, a.nodes);
    }
    std::vector<int> results(static_cast<std::size_t>(a.sent_results), first);
    for (int r = 1; r < a.sent_results; ++r) {
      results[static_cast<std::size_t>(r)] = add_result(first, r);
    }
    for (const SentGradient& s : a.gradients) {
      send(inputs[static_cast<std::size_t>(s.input)],
           s.result == SentGradient::dy_itself ? dy : results[static_cast<std::size_t>(s.result)]);
    }
  }

  /// A node for a further result of `of`.
  constexpr int add_result(int of, int result) {
    Node n;
    n.op.kind = Kind::result;
    n.op.in = n.op.out = g_.node(of).op.out;
    n.role = Role::adjoint;
    n.layer = g_.node(of).layer;
    n.result = result;
    return g_.add(n, std::span(&of, 1));
  }

  constexpr void add_parts(const Node& n, int dy) {
    int channel = 0;
    for (int k = 0; k < n.input_count; ++k) {
      const int part = g_.inputs(n)[static_cast<std::size_t>(k)];
      const Shape s = g_.node(part).op.out;
      if (needs(part)) {
        Node slice = n;
        slice.op.in = s;  // `add` swaps the two
        slice.first_channel = channel;
        send(part, add(slice, Role::adjoint, {dy}));
      }
      channel += s.channels;
    }
  }

  Graph& g_;
  int count_;
  std::vector<char> needs_;
  std::vector<std::vector<int>> terms_;
  std::vector<int> consumers_;  // of the forward pass
  std::vector<char> applied_;  // what reads it has applied the slopes of the function that it holds
  std::vector<Derived> derived_;
};

constexpr void differentiate(Graph& g, bool input_gradient) {
  Differentiation(g, input_gradient).run();
}

}  // namespace convexpr::graph
