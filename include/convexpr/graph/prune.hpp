// Pass: what does nothing in this mode goes.
#pragma once

#include <convexpr/graph/mode.hpp>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Removes identities, dropout where it does not apply, and `flatten` of 1 x 1 images, whose
/// channels already lie in one row.
constexpr void prune(Graph& g, Mode mode) {
  Replacement replacement(g);
  for (int i = 0; i < g.size(); ++i) {
    const Operation& op = g.node(i).op;
    const bool idle =
        op.kind == Kind::identity ||
        (op.kind == Kind::dropout && (mode == Mode::inference || op.probability == 0)) ||
        (op.kind == Kind::flatten && op.in.height == 1 && op.in.width == 1);
    if (idle) replacement.set(i, g.inputs(g.node(i))[0]);
  }
  replacement.apply(g);
}

}  // namespace convexpr::graph
