// Pass: what does nothing in this mode goes, and what nobody asks for.
#pragma once

#include <convexpr/graph/borders.hpp>
#include <convexpr/graph/mode.hpp>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Whether a convolution reads an image of one pixel, or a gradient of one, with a border around it:
/// its channels, and those of every value that shares its memory, then lie apart.
constexpr bool pads_one_pixel(const Graph& g) {
  const auto is_pixel = [](Shape s) { return s.height == 1 && s.width == 1; };
  for (const Node& n : g.nodes) {
    if ((is_pixel(n.op.in) && border_of_input(n.op) != Padding{}) ||
        (is_pixel(n.op.out) && border_of_gradient(n.op) != Padding{})) {
      return true;
    }
  }
  return false;
}

/// Removes identities, paddings of nothing, dropout where it does not apply, and `flatten` of 1 x 1
/// images, whose channels already lie in one row; and, unless `heads` are wanted, what only they
/// need.
constexpr void prune(Graph& g, Mode mode, bool heads = false) {
  const bool one_pixel_is_a_vector = !pads_one_pixel(g);
  Replacement replacement(g);
  for (int i = 0; i < g.size(); ++i) {
    const Operation& op = g.node(i).op;
    const bool idle = op.kind == Kind::identity ||
                      (op.kind == Kind::pad2d && op.window.padding == Padding{}) ||
                      ((op.kind == Kind::dropout || op.kind == Kind::dropout2d) &&
                       (mode == Mode::inference || op.probability == 0)) ||
                      (op.kind == Kind::flatten && op.in.height == 1 && op.in.width == 1 &&
                       (op.in.rank == 1 || one_pixel_is_a_vector));
    if (idle) replacement.set(i, g.inputs(g.node(i))[0]);
  }
  replacement.apply(g);
  if (g.heads.empty() || heads) return;
  const std::vector<char> wanted = wanted_nodes(g, false);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0) g.nodes[i].removed = true;
  }
  g.heads.clear();
}

}  // namespace convexpr::graph
