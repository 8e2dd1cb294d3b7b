// The adjoint of an elementwise node: what its derived formula reads, and where its results go.
#pragma once

#include <convexpr/expr/derivative.hpp>
#include <convexpr/graph/functions.hpp>

namespace convexpr::graph {

/// What one input of an elementwise node gets: a result of the adjoint's node, or dy as it is.
struct SentGradient {
  static constexpr int dy_itself = -1;
  int input = 0;
  int result = 0;
};

/// A node to be.
struct FunctionAdjoint {
  expr::Formula formula;   // results: those that are sent, then the gradients of uses
  std::vector<int> nodes;  // that it reads
  std::vector<Use> uses;   // that it reads, then those whose gradient it gives
  int gradient_uses = 0;
  int sent_results = 0;
  std::vector<SentGradient> gradients;
};

/// An elementwise node, as its adjoint sees it.
struct FunctionNode {
  int y = 0;
  int dy = 0;
  std::span<const int> inputs;
  std::span<const Use> uses;
};

namespace adjoint_detail {

/// Makes what the formula of an adjoint reads nodes, then uses.
constexpr void read_sources(const expr::Adjoint& a, const FunctionNode& n, FunctionAdjoint& out) {
  std::array<int, expr::most_inputs + 2> map{};
  const int count = a.formula.input_count;
  const auto is_use = [&](const expr::Source& s) {
    return s.from == expr::From::input && s.index >= static_cast<int>(n.inputs.size());
  };
  int next = 0;
  bool reads_node = false;
  for (int j = 0; j < count; ++j) reads_node = reads_node || !is_use(a.sources[j]);
  if (!reads_node) {  // kernels take their extents from what they read
    out.nodes.push_back(n.dy);
    ++next;
  }
  for (int j = 0; j < count; ++j) {
    const expr::Source& s = a.sources[j];
    if (is_use(s)) continue;
    map[static_cast<std::size_t>(j)] = next++;
    out.nodes.push_back(s.from == expr::From::output ? n.y
                        : s.from == expr::From::output_adjoint
                            ? n.dy
                            : n.inputs[static_cast<std::size_t>(s.index)]);
  }
  for (int j = 0; j < count; ++j) {
    const expr::Source& s = a.sources[j];
    if (!is_use(s)) continue;
    map[static_cast<std::size_t>(j)] = next++;
    out.uses.push_back(n.uses[static_cast<std::size_t>(s.index) - n.inputs.size()]);
  }
  out.formula = renumbered(a.formula, map, next);
}

constexpr bool is_zero(const expr::Instruction& step) {
  return step.op == expr::Op::constant && step.value == 0;
}

}  // namespace adjoint_detail

/// The adjoint `a` of the inputs in `wanted`, of which bit i stands for input i, then for use i.
constexpr FunctionAdjoint function_adjoint(const expr::Adjoint& a, const FunctionNode& n,
                                           unsigned wanted) {
  FunctionAdjoint out;
  adjoint_detail::read_sources(a, n, out);
  const std::array<int, expr::most_results> all = std::to_array(a.formula.results);
  expr::Formula& f = out.formula;
  for (int& r : f.results) r = 0;
  f.result_count = 0;
  int next = 0;
  for (int k = 0; k < static_cast<int>(n.inputs.size()); ++k) {
    if ((wanted >> k & 1U) == 0) continue;
    const int at = all[static_cast<std::size_t>(next++)];
    const expr::Instruction& step = f.code[at];
    if (adjoint_detail::is_zero(step)) continue;
    if (step.op == expr::Op::input && out.nodes[step.a] == n.dy) {
      out.gradients.push_back({k, SentGradient::dy_itself});
      continue;
    }
    int r = 0;
    while (r < f.result_count && f.results[r] != at) ++r;
    if (r == f.result_count) f.results[f.result_count++] = at;
    out.gradients.push_back({k, r});
  }
  out.sent_results = f.result_count;
  for (std::size_t u = 0; u < n.uses.size(); ++u) {
    if ((wanted >> (n.inputs.size() + u) & 1U) == 0) continue;
    f.results[f.result_count++] = all[static_cast<std::size_t>(next++)];
    out.uses.push_back(n.uses[u]);
    ++out.gradient_uses;
  }
  return out;
}

}  // namespace convexpr::graph
