// Pass: in inference a batch norm is a factor and a shift for each channel, which cost no step.
//
// They move into the weights of the convolution before, if there is one that nothing else reads and
// that uses parameters of its own; else they become an elementwise function, which rides on
// whatever computes its input. The numbers are prepared when parameters have changed
// (network/prepare.hpp), so the network keeps its parameters as they are.
#pragma once

#include <convexpr/expr/trace.hpp>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// What is prepared of a batch norm for its channels, as uses of it are called.
inline constexpr std::string_view prepared_scale = "scale (prepared)";
inline constexpr std::string_view prepared_shift = "shift (prepared)";

/// Marks the convolutions whose weights take a batch norm in. Decided on the graph as built, since
/// where parameters lie follows from it.
constexpr void choose_folds(Graph& g) {
  const auto is_norm = [](const Node& n) { return n.op.kind == Kind::batch_norm2d; };
  if (std::none_of(g.nodes.begin(), g.nodes.end(), is_norm)) return;
  const std::vector<int> consumers = consumer_counts(g);
  for (const Node& n : g.nodes) {
    if (!is_norm(n)) continue;
    const int x = g.inputs(n)[0];
    Node& conv = g.node(x);
    const bool folds = is_convolution(conv.op.kind) && conv.op.kind != Kind::filter2d;
    if (folds && consumers[static_cast<std::size_t>(x)] == 1 && !shares_parameters(g, conv)) {
      conv.norm = n.layer;
    }
  }
}

/// y = scale x + shift
inline constexpr expr::Formula scale_and_shift = [] {
  expr::FormulaBuilder builder;
  const int x = builder.input(0);
  const int scaled = builder.emit(expr::Op::multiply, x, builder.input(1));
  return builder.finish(builder.emit(expr::Op::add, scaled, builder.input(2)));
}();

constexpr void fold_batch_norm(Graph& g) {
  Replacement replacement(g);
  for (int i = 1; i < g.size(); ++i) {
    Node& n = g.node(i);
    if (n.removed || n.op.kind != Kind::batch_norm2d) continue;
    const int x = g.inputs(n)[0];
    Node& before = g.node(x);
    if (before.norm == n.layer) {
      before.folded = true;
      replacement.rides(i, x);
      continue;
    }
    n.op.kind = Kind::elementwise;
    n.formula = g.intern(scale_and_shift);
    const std::array<Use, 2> uses{{{n.owner, prepared_scale}, {n.owner, prepared_shift}}};
    g.set_uses(n, uses);
  }
  replacement.apply(g);
}

}  // namespace convexpr::graph
