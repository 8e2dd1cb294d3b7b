// What can be said of an architecture before it runs: counts, costs and receptive fields.
#pragma once

#include <convexpr/graph/rewrite.hpp>
#include <convexpr/shape/interval.hpp>

namespace convexpr {

/// The part of the input that one unit of the output sees.
///
/// Along each axis, unit i reads input positions offset + i*stride up to offset + i*stride + size,
/// the last excluded; positions outside the image are padding. The units of an enlarged image may
/// stand less than one element apart; the stride is 1 then.
///
/// Source     Araujo, Norris, Sim, "Computing receptive fields of convolutional neural networks",
///            Distill, 2019
struct ReceptiveField {
  Extent2 size{1};
  Extent2 stride{1};
  Extent2 offset{0};

  /// Rows of the input that the units of output row i see; some may lie outside the image, in the
  /// padding. `rows(i).within(height)` are those of the image. Exact where units stand a whole
  /// number of elements apart: behind a layer that enlarges its image they may not.
  constexpr Interval rows(int i) const {
    const int begin = offset.h + i * stride.h;
    return {begin, begin + size.h};
  }
  /// Columns that the units of output column j see.
  constexpr Interval columns(int j) const {
    const int begin = offset.w + j * stride.w;
    return {begin, begin + size.w};
  }

  friend constexpr bool operator==(const ReceptiveField&, const ReceptiveField&) = default;
};

/// A row of the table of layers.
struct LayerRow {
  graph::Path path;       // as in the state dict: "inception_3a.1.2"
  std::string_view kind;  // the layer's type: "Conv2d"
  Shape output_shape;
  long long parameter_count = 0;   // learned values
  long long macs = 0;              // multiply-accumulates for one example
  ReceptiveField receptive_field;  // of the layer's output in the network's input
  bool shared = false;             // its parameters are those of an earlier row
};

namespace graph {

/// Learned values in all layers.
constexpr long long parameter_count(const Graph& g) {
  long long count = 0;
  for (const Parameter& p : g.parameters) {
    if (p.spec.learned) count += static_cast<long long>(p.spec.size());
  }
  return count;
}

/// Multiply-accumulates of convolutions and linear layers for one example, without heads.
constexpr long long macs(const Graph& g) {
  const std::vector<char> wanted = wanted_nodes(g, false);
  long long count = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != 0) count += g.nodes[i].op.macs;
  }
  return count;
}

namespace detail {

/// A window over a field: it grows by the window's reach and starts at its padding.
constexpr ReceptiveField seen_through(const ReceptiveField& f, const Window& w) {
  ReceptiveField out;
  out.size = {f.size.h + (window::covered(w.kernel.h, w.dilation.h) - 1) * f.stride.h,
              f.size.w + (window::covered(w.kernel.w, w.dilation.w) - 1) * f.stride.w};
  out.stride = {f.stride.h * w.stride.h, f.stride.w * w.stride.w};
  out.offset = {f.offset.h - w.padding.top * f.stride.h, f.offset.w - w.padding.left * f.stride.w};
  return out;
}

/// The units of an image `by` times as large stand closer; their distance is rounded down.
constexpr ReceptiveField closer(ReceptiveField f, Extent2 by) {
  f.stride = {f.stride.h < by.h ? 1 : f.stride.h / by.h, f.stride.w < by.w ? 1 : f.stride.w / by.w};
  return f;
}

/// How many times as large as its input an operation makes an image, rounded down.
constexpr Extent2 enlargement(const Operation& op) {
  const auto times = [](int out, int in) { return out > in ? out / in : 1; };
  return {times(op.out.height, op.in.height), times(op.out.width, op.in.width)};
}

/// A transposed window over a field: each unit gathers from the positions that reach it.
constexpr ReceptiveField seen_through_transposed(const ReceptiveField& f, const Window& w) {
  const Extent2 reach{window::covered(w.kernel.h, w.dilation.h) - 1,
                      window::covered(w.kernel.w, w.dilation.w) - 1};
  const auto first = [](int before, int behind,
                        int stride) {  // (before - behind) / stride, upwards
    const int room = before - behind;
    return room > 0 ? (room + stride - 1) / stride : -(-room / stride);
  };
  ReceptiveField out = closer(f, w.stride);
  out.size = {f.size.h + reach.h / w.stride.h * f.stride.h,
              f.size.w + reach.w / w.stride.w * f.stride.w};
  out.offset = {f.offset.h + first(w.padding.top, reach.h, w.stride.h) * f.stride.h,
                f.offset.w + first(w.padding.left, reach.w, w.stride.w) * f.stride.w};
  return out;
}

constexpr int least(int a, int b) { return a < b ? a : b; }
constexpr int most(int a, int b) { return a > b ? a : b; }

/// The smallest field that holds both.
constexpr ReceptiveField both(const ReceptiveField& a, const ReceptiveField& b) {
  ReceptiveField out = a;
  out.offset = {least(a.offset.h, b.offset.h), least(a.offset.w, b.offset.w)};
  out.size = {most(a.offset.h + a.size.h, b.offset.h + b.size.h) - out.offset.h,
              most(a.offset.w + a.size.w, b.offset.w + b.size.w) - out.offset.w};
  return out;
}

}  // namespace detail

/// What each node sees of the input. A vector's features are taken together after `flatten`.
constexpr std::vector<ReceptiveField> receptive_fields(const Graph& g) {
  std::vector<ReceptiveField> fields(g.nodes.size(), ReceptiveField{});
  for (std::size_t i = 1; i < g.nodes.size(); ++i) {
    const Node& n = g.nodes[i];
    const std::span<const int> from = g.inputs(n);
    ReceptiveField f = fields[static_cast<std::size_t>(from[0])];
    for (const int other : from) f = detail::both(f, fields[static_cast<std::size_t>(other)]);
    if (n.op.kind == Kind::flatten) {
      f = detail::seen_through(f, {{n.op.in.height, n.op.in.width}, {1}, {1}, {0}});
    } else if (n.op.kind == Kind::conv_transpose2d) {
      f = detail::seen_through_transposed(f, n.op.window);
    } else {
      f = detail::seen_through(f, n.op.window);
    }
    if (n.op.kind == Kind::upsample_nearest || n.op.kind == Kind::upsample_bilinear ||
        n.op.kind == Kind::user) {
      f = detail::closer(f, detail::enlargement(n.op));
    }
    fields[i] = f;
  }
  return fields;
}

/// The receptive field of the output.
constexpr ReceptiveField receptive_field(const Graph& g) {
  return receptive_fields(g)[static_cast<std::size_t>(g.output)];
}

/// Layers that a table shows: all but the input.
constexpr std::size_t layer_count(const Graph& g) { return g.nodes.size() - 1; }

/// Writes one row per layer into `rows`, in the order in which the layers run.
constexpr void write_rows(const Graph& g, std::span<LayerRow> rows) {
  const std::vector<ReceptiveField> fields = receptive_fields(g);
  std::vector<char> has_parameters(g.nodes.size(), 0);
  for (std::size_t i = 1; i < g.nodes.size(); ++i) {
    const Node& n = g.nodes[i];
    rows[i - 1] = {path(g.scopes, n.scope), name(n.op), n.op.out, 0, n.op.macs, fields[i]};
  }
  for (const Parameter& p : g.parameters) {
    has_parameters[static_cast<std::size_t>(p.layer)] = 1;
    if (p.spec.learned) {
      rows[static_cast<std::size_t>(p.layer - 1)].parameter_count +=
          static_cast<long long>(p.spec.size());
    }
  }
  for (std::size_t i = 1; i < g.nodes.size(); ++i) {
    const Node& n = g.nodes[i];
    rows[i - 1].shared =
        n.owner != n.layer && has_parameters[static_cast<std::size_t>(n.owner)] != 0;
  }
}

}  // namespace graph
}  // namespace convexpr
