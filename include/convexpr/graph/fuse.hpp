// Pass: elementwise functions of elementwise functions become one.
//
// It runs before differentiation, so that the derivative of the whole is derived: what lies between
// is recomputed in registers instead of being kept.
#pragma once

#include <convexpr/expr/derivative.hpp>
#include <convexpr/graph/functions.hpp>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Whether the parameters that two functions read belong to one layer at most: a step gives the
/// gradients of one layer.
constexpr bool learn_alike(const Graph& g, const Node& a, const Node& b) {
  if (a.use_count == 0 || b.use_count == 0) return true;
  return g.uses_of(a)[0].owner == g.uses_of(b)[0].owner && a.layer == b.layer;
}

/// Whether the adjoint of a function is no longer than a formula may be. Short ones have one.
constexpr bool has_derivative(const expr::Formula& f) {
  if (f.size <= expr::most_instructions / 4) return true;
  return expr::differentiate(f, (1U << f.input_count) - 1).formula.size > 0;
}

/// Takes into each elementwise node those elementwise nodes that it alone reads.
constexpr void fuse_elementwise(Graph& g, bool backward) {
  const std::vector<int> consumers = consumer_counts(g);
  const auto joins = [&](int x, const Node& n) {
    const Node& p = g.node(x);
    return x > 0 && !p.removed && is_elementwise(p.op.kind) && p.role == Role::forward &&
           consumers[static_cast<std::size_t>(x)] == 1 && (!backward || learn_alike(g, p, n));
  };
  for (int i = 1; i < g.size(); ++i) {
    Node& n = g.node(i);
    if (n.removed || !is_elementwise(n.op.kind)) continue;
    bool any = false;
    for (const int x : g.inputs(n)) any = any || joins(x, n);
    if (!any) continue;
    JoinedFunction joined;
    std::vector<int> taken;
    std::vector<int> values;
    for (const int x : g.inputs(n)) {
      if (!joins(x, n)) {
        values.push_back(joined.value_of(x));
        continue;
      }
      const Node& p = g.node(x);
      std::vector<int> inner;
      for (const int y : g.inputs(p)) inner.push_back(joined.value_of(y));
      values.push_back(joined.apply(g.formula(p.formula), inner, g.uses_of(p)));
      taken.push_back(x);
    }
    const int result = joined.apply(g.formula(n.formula), values, g.uses_of(n));
    if (!joined.fits()) continue;
    const expr::Formula f = joined.finish(result);
    if (f.size == 0 || (backward && !has_derivative(f))) continue;
    n.formula = g.intern(f);
    n.op.kind = Kind::elementwise;
    const bool learns = n.use_count > 0;
    for (const int x : taken) {
      if (!learns && g.node(x).use_count > 0) {
        n.layer = g.node(x).layer;
        n.owner = g.node(x).owner;
      }
      g.let_ride(x, i);
      g.node(x).removed = true;
    }
    g.set_inputs(n, joined.nodes(), static_cast<int>(joined.nodes().size()));
    g.set_uses(n, joined.uses());
  }
}

}  // namespace convexpr::graph
