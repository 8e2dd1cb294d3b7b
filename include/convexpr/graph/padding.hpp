// Pass: borders that are not zeros become nodes of their own, and those that are zeros stop being.
//
// Zeros around an image cost nothing: layout.hpp leaves room for them where the image lies. What a
// padding mode makes of the image is written by a `pad2d` in front of the convolution, whose
// adjoint then folds the gradient of the border back.
#pragma once

#include <algorithm>
#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Whether a layer other than `Pad2d` reads a border that is made of its input.
constexpr bool reads_made_border(const Operation& op) {
  return op.kind != Kind::pad2d && op.padding_mode != PaddingMode::zeros &&
         op.window.padding != Padding{};
}

/// The node that makes the border which `n` reads. It belongs to no layer: parameters are those of
/// `n`.
constexpr Node border_before(const Node& n) {
  Node pad;
  pad.op.kind = Kind::pad2d;
  pad.op.in = pad.op.out = n.op.in;
  pad.op.window.padding = n.op.window.padding;
  pad.op.padding_mode = n.op.padding_mode;
  const Extent2 extent = window::output_extent({n.op.in.height, n.op.in.width}, pad.op.window);
  pad.op.out.height = extent.h;
  pad.op.out.width = extent.w;
  pad.scope = n.scope;
  return pad;
}

/// Puts a `pad2d` before every layer that reads a made border, and takes the padding from the
/// layer. Nodes get new numbers; their `layer` stays as built.
constexpr void separate_padding(Graph& g) {
  const auto has_border = [](const Node& n) { return reads_made_border(n.op); };
  if (std::none_of(g.nodes.begin(), g.nodes.end(), has_border)) return;
  std::vector<Node> nodes;
  std::vector<int> number(g.nodes.size(), 0);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    Node n = g.nodes[i];
    for (int& x : g.inputs(n)) x = number[static_cast<std::size_t>(x)];
    if (reads_made_border(n.op)) {
      Node pad = border_before(n);
      pad.first_input = static_cast<int>(g.edges.size());
      pad.input_count = pad.own_inputs = 1;
      const int x = g.inputs(n)[0];
      g.inputs(n)[0] = static_cast<int>(nodes.size());
      g.edges.push_back(x);
      n.op.in = pad.op.out;
      n.op.window.padding = {};
      n.op.padding_mode = PaddingMode::zeros;
      nodes.push_back(pad);
    }
    number[i] = static_cast<int>(nodes.size());
    nodes.push_back(n);
  }
  g.nodes = static_cast<std::vector<Node>&&>(nodes);
  g.output = number[static_cast<std::size_t>(g.output)];
  for (SideOutput& h : g.heads) h.node = number[static_cast<std::size_t>(h.node)];
  for (Scope& s : g.scopes) {
    if (s.output >= 0) s.output = number[static_cast<std::size_t>(s.output)];
  }
}

/// Lets a convolution that alone reads a `pad2d` of zeros read them around the image instead.
constexpr void absorb_padding(Graph& g) {
  const auto pads = [](const Node& n) { return n.op.kind == Kind::pad2d; };
  if (std::none_of(g.nodes.begin(), g.nodes.end(), pads)) return;
  const std::vector<int> consumers = consumer_counts(g);
  Replacement replacement(g);
  for (int i = 0; i < g.size(); ++i) {
    Node& n = g.node(i);
    if (!is_convolution(n.op.kind) || n.op.kind == Kind::conv_transpose2d) continue;
    const int x = g.inputs(n)[0];
    const Operation& pad = g.node(x).op;
    if (pad.kind != Kind::pad2d || pad.padding_mode != PaddingMode::zeros ||
        consumers[static_cast<std::size_t>(x)] != 1) {
      continue;
    }
    Padding& p = n.op.window.padding;
    const Padding& more = pad.window.padding;
    p = {p.top + more.top, p.left + more.left, p.bottom + more.bottom, p.right + more.right};
    n.op.in = pad.in;
    n.op.padding_mode = PaddingMode::zeros;  // whatever it was, there was no padding for it
    replacement.rides(x, g.inputs(g.node(x))[0], i);
  }
  replacement.apply(g);
}

}  // namespace convexpr::graph
