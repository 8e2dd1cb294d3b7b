// Pass: how the values of a graph lie in memory, apart from where.
//
// A value is an array of its own (a root) or a slice of another's channels (a view): the parts of a
// concat are written where the whole will lie, and its adjoints are read where they are.
#pragma once

#include <convexpr/graph/borders.hpp>
#include <convexpr/graph/filtering.hpp>
#include <convexpr/graph/options.hpp>
#include <convexpr/graph/padding.hpp>

namespace convexpr::graph {

/// Channels `channel`, `channel` + 1, ... of the array that belongs to node `root`.
struct Storage {
  int root = -1;
  int channel = 0;
  bool overwrites = false;  // computed in place of the value that it is made of
};

/// Storage of every value, and the border that each root needs around its images.
struct Layout {
  std::vector<Storage> storage;
  std::vector<Padding> border;
  std::vector<int> interleave;  // channels per block: lanes, or 1 for a planar image
  int lanes = 1;

  constexpr const Storage& of(int node) const { return storage[static_cast<std::size_t>(node)]; }
};

/// Channels up to which a local response norm squares all of a pixel before it writes any.
inline constexpr int most_channels_in_place = 1000;

/// A convolution that alone reads an input of few channels reads it planar: blocks would be mostly
/// padding. Decided on the graph as built, since the arrangement of the weights follows from it; a
/// convolution whose border is made of the image will read that from a node between them.
constexpr void choose_planar_input(Graph& g, int lanes) {
  if (g.node(0).op.out.channels >= lanes || consumer_counts(g)[0] != 1) return;
  for (Node& n : g.nodes) {
    if (n.op.kind == Kind::conv2d && g.inputs(n)[0] == 0 && !reads_made_border(n.op) &&
        !shares_parameters(g, n)) {
      n.interleave = 1;
    }
  }
}

class LayoutPass {
 public:
  constexpr LayoutPass(const Graph& g, int lanes, Options options = {})
      : g_(g),
        options_(options),
        consumers_(consumer_counts(g)),
        slices_(g.nodes.size(), 0),
        sliced_by_(g.nodes.size(), -1),
        has_views_(g.nodes.size(), 0) {
    for (const Node& n : g.nodes) {
      if (!n.removed && n.role == Role::adjoint && n.op.kind == Kind::concat) {
        const auto dy = static_cast<std::size_t>(g.inputs(n)[0]);
        ++slices_[dy];
        sliced_by_[dy] = slices_[dy] == 1 || sliced_by_[dy] == n.layer ? n.layer : -1;
      }
    }
    layout_.storage.assign(g.nodes.size(), Storage{});
    layout_.border.assign(g.nodes.size(), Padding{});
    layout_.interleave.assign(g.nodes.size(), lanes);
    layout_.lanes = lanes;
  }

  constexpr Layout run() {
    if (options_.place_concats) place_parts();
    for (int i = 0; i < g_.size(); ++i) {
      const Node& n = g_.node(i);
      if (n.removed || n.role == Role::parameter_adjoint) continue;
      if (storage(i).root < 0) assign(i, n);
    }
    for (const Node& n : g_.nodes) {
      if (!n.removed && is_convolution(n.op.kind)) settle_convolution(n);
    }
    return static_cast<Layout&&>(layout_);
  }

 private:
  constexpr Storage& storage(int i) { return layout_.storage[static_cast<std::size_t>(i)]; }
  constexpr bool whole_blocks(int channels) const { return channels % layout_.lanes == 0; }

  /// Outer concats come after inner ones, so they are met first from the back.
  constexpr void place_parts() {
    for (int i = g_.size() - 1; i > 0; --i) {
      const Node& n = g_.node(i);
      if (n.removed || n.op.kind != Kind::concat || n.role != Role::forward) continue;
      if (storage(i).root < 0) storage(i) = {i, 0};
      const Storage whole = storage(i);
      int channel = 0;
      for (int k = 0; k < n.input_count; ++k) {
        const int part = g_.inputs(n)[static_cast<std::size_t>(k)];
        const int channels = g_.node(part).op.out.channels;
        const bool last = k == n.input_count - 1 && whole.root == i;
        if (part != 0 && storage(part).root < 0 && whole_blocks(whole.channel + channel) &&
            (last || whole_blocks(channels))) {
          storage(part) = {whole.root, whole.channel + channel};
          has_views_[static_cast<std::size_t>(whole.root)] = 1;
        }
        channel += channels;
      }
    }
  }

  constexpr void assign(int i, const Node& n) {
    if (n.op.kind == Kind::concat && n.role == Role::adjoint && options_.place_concats) {
      const int dy = g_.inputs(n)[0];
      const Shape whole = g_.node(dy).op.out;
      const int channels = n.op.out.channels;
      if (whole_blocks(n.first_channel) &&
          (whole_blocks(channels) || n.first_channel + channels == whole.channels)) {
        storage(i) = {storage(dy).root, storage(dy).channel + n.first_channel};
        return;
      }
    }
    const int overwritten = overwritten_by(n);
    if (overwritten >= 0) {
      storage(i) = storage(overwritten);
      storage(i).overwrites = true;
    } else {
      storage(i) = {i, 0};
    }
  }

  /// The input that a node may overwrite, or -1: one of its operation's, else one of those that only
  /// what rides on it reads.
  constexpr int overwritten_by(const Node& n) const {
    if (!options_.overwrite) return -1;
    const auto own = static_cast<std::size_t>(n.own_inputs);
    const int x = overwritten_by(n, g_.inputs(n).first(own));
    if (x >= 0 || !reads_before_it_writes(n)) return x;
    for (const int operand : g_.inputs(n).subspan(own)) {
      if (only_reader_of(operand) >= 0) return operand;
    }
    return -1;
  }

  /// Whether what rides on a node reads each place for the last time before that is written: no
  /// place is computed twice, and none is stored first to be finished later.
  constexpr bool reads_before_it_writes(const Node& n) const {
    switch (n.op.kind) {
      case Kind::sum:
      case Kind::batch_norm2d:
      case Kind::layer_norm:
      case Kind::group_norm:
      case Kind::instance_norm2d: return true;
      case Kind::linear: return n.epilogue >= 0 && expr::few_instructions(g_.formula(n.epilogue));
      default: return false;
    }
  }

  constexpr int overwritten_by(const Node& n, std::span<const int> from) const {
    if (is_elementwise(n.op.kind)) {
      for (std::size_t k = from.size(); k-- > 0;) {
        if (only_reader_of(from[k]) >= 0) return from[k];
      }
      return -1;
    }
    switch (n.op.kind) {
      case Kind::layer_norm:
      case Kind::group_norm:
      case Kind::instance_norm2d:
      case Kind::dropout:
      case Kind::dropout2d: return only_reader_of(from.back());
      case Kind::local_response_norm:
        return n.role == Role::forward && n.op.in.channels <= most_channels_in_place
                   ? only_reader_of(from[0])
                   : -1;
      case Kind::batch_norm2d: return n.role == Role::adjoint ? only_reader_of(from.back()) : -1;
      case Kind::sum:
        for (const int part : from) {
          if (only_reader_of(part) >= 0) return part;
        }
        return -1;
      default: return -1;
    }
  }

  /// `x` if nothing but the one node that asks reads its memory, else -1.
  constexpr int only_reader_of(int x) const {
    if (consumers_[static_cast<std::size_t>(x)] != 1) return -1;
    const Storage& s = layout_.of(x);
    if (s.overwrites) return x;
    if (s.root == x) return has_views_[static_cast<std::size_t>(x)] != 0 ? -1 : x;
    return is_disjoint_slice(x) ? x : -1;
  }

  /// Whether `x` is a slice of an array that is read through slices alone, all of one concat: only
  /// then do its siblings not overlap it.
  constexpr bool is_disjoint_slice(int x) const {
    const Node& n = g_.node(x);
    if (n.role != Role::adjoint || n.op.kind != Kind::concat) return false;
    const int dy = g_.inputs(n)[0];
    const auto i = static_cast<std::size_t>(dy);
    if (consumers_[i] != slices_[i] || sliced_by_[i] != n.layer) return false;
    const Storage& s = layout_.of(dy);
    return s.root == dy || s.overwrites || is_disjoint_slice(dy);
  }

  /// Convolutions read zeros around their input, some of them around a gradient, and some read or
  /// write planar images.
  constexpr void settle_convolution(const Node& n) {
    const std::span<const int> from = g_.inputs(n).first(static_cast<std::size_t>(n.own_inputs));
    Operation op = n.op;
    if (n.role != Role::forward) {  // whose operands stand the other way round
      op.in = n.op.out;
      op.out = n.op.in;
      surround(from.back(), border_of_gradient(op));
      if (n.tile_outputs > 0) surround(from.back(), border_of_filtering(op));
    }
    const bool reads_border =
        n.role != Role::adjoint && !(n.tile_outputs > 0 && by_space_to_depth(n));
    if (reads_border) surround(from[0], border_of_input(op));
    if (n.interleave == 1 && n.role == Role::forward) {
      layout_.interleave[0] = 1;
      if (g_.input_adjoint >= 0) layout_.interleave[static_cast<std::size_t>(g_.input_adjoint)] = 1;
    }
  }

  /// The array of value `x` gets a border of at least `p`.
  constexpr void surround(int x, const Padding& p) {
    Padding& border = layout_.border[static_cast<std::size_t>(layout_.of(x).root)];
    border.top = border.top > p.top ? border.top : p.top;
    border.left = border.left > p.left ? border.left : p.left;
    border.bottom = border.bottom > p.bottom ? border.bottom : p.bottom;
    border.right = border.right > p.right ? border.right : p.right;
  }

  const Graph& g_;
  Options options_;
  std::vector<int> consumers_;
  std::vector<int> slices_;     // how many of a value's readers are slices of it
  std::vector<int> sliced_by_;  // the concat whose parts these are, -1 for several
  std::vector<int> has_views_;  // whether parts of a concat are written into this root
  Layout layout_;
};

}  // namespace convexpr::graph
