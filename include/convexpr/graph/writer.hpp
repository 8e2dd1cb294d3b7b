// Writes nodes and scopes into a graph, and notices what does not fit: the part of the builder that
// is no template.
#pragma once

#include <array>
#include <convexpr/graph/names.hpp>
#include <convexpr/graph/refusals.hpp>

namespace convexpr::graph {

/// After a refusal it writes on, so that its caller need not know; what it wrote is then dropped.
class Writer {
 public:
  constexpr explicit Writer(Shape in) {
    graph_.scopes.push_back({});
    Node n;
    n.op.kind = Kind::input;
    n.op.in = n.op.out = in;
    n.scope = 0;
    n.layer = n.owner = 0;
    graph_.add(n, {});
    check_input(in);
  }

  constexpr Graph finish(int output) {
    graph_.output = output;
    if (missing_.refusal.happened()) graph_.refusal = missing_.refusal;
    if (graph_.refusal.happened()) {  // what is left must hold together: the input alone
      graph_.nodes.resize(1, Node{});
      graph_.edges.clear();
      graph_.parameters.clear();
      graph_.heads.clear();
      graph_.output = 0;
      for (Scope& s : graph_.scopes) s.output = 0;
    }
    return static_cast<Graph&&>(graph_);
  }

 protected:
  /// What follows an input that cannot be works on a shape that can.
  constexpr void check_input(Shape in) {
    if (in.rank == 0) {
      refuse(0, {{},
                 "input: one to three extents",
                 Sentence() << in.channels << (in.channels == 1 ? " extent" : " extents"),
                 "C, H, W; or C, L; or N",
                 "write Input<3, 224, 224> or Input<256>"});
    } else if (!is_possible(in)) {
      refuse(0, {{},
                 "input: every extent must be positive",
                 words(in),
                 "1 or more each",
                 "write Input<channels, height, width>"});
    }
    if (!is_possible(in)) graph_.node(0).op.in = graph_.node(0).op.out = shape(1);
  }

  constexpr int position_scope(int parent, int position) {
    return push_scope({.parent = parent, .position = position, .name = {}});
  }

  /// The scope of a block that `layer` gives a name.
  constexpr int name_scope(int parent, std::string_view layer, std::string_view name) {
    if (!name_fits(name)) refuse(parent, name_misfit(layer, name));
    for (const Scope& s : graph_.scopes) {
      if (s.parent == parent && s.position < 0 && s.name == name) {
        refuse(parent, name_taken(layer, name));
        break;
      }
    }
    return push_scope({.parent = parent, .position = -1, .name = name});
  }

  /// Paths are cut to what they hold, which must not make two of them alike.
  constexpr int push_scope(const Scope& scope) {
    graph_.scopes.push_back(scope);
    const int added = static_cast<int>(graph_.scopes.size()) - 1;
    int characters = -1;
    int steps = 0;
    for (int s = added; s > 0; ++steps) {
      const Scope& step = graph_.scopes[static_cast<std::size_t>(s)];
      characters +=
          1 + (step.position < 0 ? static_cast<int>(step.name.size()) : digits(step.position));
      s = step.parent;
    }
    if (characters > longest_path || steps > deepest_path) {
      refuse(scope.parent, path_too_long(characters, steps));
    }
    return added;
  }

  static constexpr int digits(int number) { return number < 10 ? 1 : 1 + digits(number / 10); }

  constexpr int close(int scope, int output) {
    graph_.scopes[static_cast<std::size_t>(scope)].output = output;
    return output;
  }

  constexpr int add_declared(const Declaration& d, int x, int scope) {
    if (d.refusal.happened()) {
      refuse(scope, d.refusal);
      return x;
    }
    return add_layer(d, std::span(&x, 1), scope);
  }

  constexpr int add_layer(const Declaration& d, std::span<const int> from, int scope) {
    const int y = add_node(d.op, from, scope);
    for (int i = 0; i < d.parameter_count; ++i) {
      graph_.parameters.push_back({d.parameters[static_cast<std::size_t>(i)], y});
    }
    if (is_elementwise(d.op.kind)) add_function(d, y);
    return y;
  }

  /// Adds a function of several branches, which must agree.
  constexpr int add_zip(const Declaration& d, std::span<const int> parts, int scope) {
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const Shape s = value(parts[i]);
      if (s != d.op.in) refuse(scope, part_misfit(d.op.kind, s, d.op.in, static_cast<int>(i)));
    }
    if (d.refusal.happened()) {
      refuse(scope, d.refusal);
      return parts[0];
    }
    return add_layer(d, parts, scope);
  }

  /// What an elementwise node computes, and which parameters it reads.
  constexpr void add_function(const Declaration& d, int y) {
    Node& n = graph_.node(y);
    n.formula = -1;
    for (const auto& [formula, number] : numbers_of_formulas_) {
      if (formula == d.op.formula) n.formula = number;
    }
    if (n.formula < 0) {
      n.formula = graph_.intern(*d.op.formula);
      numbers_of_formulas_.push_back({d.op.formula, n.formula});
    }
    std::array<Use, 4> uses{};
    for (int i = 0; i < d.parameter_count; ++i) {
      const ParameterSpec& p = d.parameters[static_cast<std::size_t>(i)];
      uses[static_cast<std::size_t>(i)] = {y, p.name, p.extents[0] == d.op.out.channels};
    }
    graph_.set_uses(n, std::span(uses).first(static_cast<std::size_t>(d.parameter_count)));
  }

  constexpr int add_node(const Operation& op, std::span<const int> from, int scope) {
    Node n;
    n.op = op;
    n.scope = scope;
    n.layer = n.owner = graph_.size();
    return graph_.add(n, from);
  }

  constexpr Shape value(int node) const { return graph_.node(node).op.out; }

  /// Adds a concat or a sum over `parts`, which must agree.
  constexpr int join(Kind kind, std::span<const int> parts, int scope) {
    if (!branch_count_fits(kind, parts.size())) {
      refuse(scope, branch_count_misfit(kind, parts.size()));
      return 0;
    }
    Operation op;
    op.kind = kind;
    op.in = op.out = value(parts[0]);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const Shape s = value(parts[i]);
      if (!part_fits(kind, s, op.in)) {
        refuse(scope, part_misfit(kind, s, op.in, static_cast<int>(i)));
      }
      if (kind == Kind::concat) op.out.channels += s.channels;
    }
    return add_node(op, parts, scope);
  }

  constexpr int add_tap(std::string_view name, int x, int scope) {
    if (names_.find_tap(name) >= 0) refuse(scope, name_taken_in_network("tap", name));
    if (missing_.refusal.happened() && missing_.name == name) {
      missing_.refusal =
          located(missing_.scope, tapped_later(missing_.reader, name, path(graph_.scopes, scope)));
      missing_.name = {};
    }
    Operation op;
    op.called = "Tap";
    op.in = op.out = value(x);
    x = add_node(op, std::span(&x, 1), scope);
    names_.add_tap(name, x);
    return x;
  }

  /// Joins the value of a tap with x, or adds the two.
  constexpr int add_skip(Kind kind, std::string_view name, bool crop, int x, int scope) {
    const std::string_view reader = kind == Kind::concat ? "concat_with" : "sum_with";
    int tapped = names_.find_tap(name);
    if (tapped < 0) {
      miss_tap(reader, name, scope);
      return x;
    }
    if (!tap_fits(kind, value(tapped), value(x), crop)) {
      refuse(scope, tap_misfit(kind, reader, name, value(tapped), value(x), crop));
      return x;
    }
    if (crop) tapped = add_crop(tapped, value(x), scope);
    Operation op;
    op.kind = kind;
    op.called = kind == Kind::concat ? "ConcatWith" : "SumWith";
    op.in = op.out = value(x);
    if (kind == Kind::concat) op.out.channels += value(tapped).channels;
    return add_node(op, std::array{x, tapped}, scope);
  }

  /// The middle of a value. A node also where nothing is left out, so that all uses of a shared
  /// block have the same nodes.
  constexpr int add_crop(int x, Shape like, int scope) {
    Operation op;
    op.in = op.out = value(x);
    op.out.height = like.height;
    op.out.width = like.width;
    op.called = name(Kind::crop2d);
    if (op.in != op.out) op.kind = Kind::crop2d;
    const int rows = op.in.height - op.out.height;
    const int columns = op.in.width - op.out.width;
    op.window.padding = {-(rows / 2), -(columns / 2), rows / 2 - rows, columns / 2 - columns};
    return add_node(op, std::span(&x, 1), scope);
  }

  /// A tap of this name may still come, which would be another mistake than none at all.
  constexpr void miss_tap(std::string_view reader, std::string_view name, int scope) {
    if (is_quiet()) return;
    missing_ = {located(scope, no_such_tap(reader, name, names_.known_taps())), reader, name,
                scope};
  }

  /// Lets the nodes from `begin` on use the parameters of a shared block's first use.
  constexpr void share(const SharedBlock& first, int begin, int scope) {
    if (is_quiet()) return;
    if (graph_.size() - begin != first.nodes) {
      refuse(scope,
             other_block(graph_, first.first_node, begin, first.nodes, graph_.size() - begin));
      return;
    }
    for (int k = 0; k < first.nodes; ++k) {
      Node& n = graph_.node(begin + k);
      n.owner = graph_.node(first.first_node + k).owner;
      for (Use& u : graph_.uses_of(n)) u.owner = n.owner;
    }
    for (const Parameter& mine : graph_.parameters) {
      if (mine.layer >= begin) check_same_shape(mine);
    }
    std::erase_if(graph_.parameters, [&](const Parameter& p) { return p.layer >= begin; });
  }

  /// A parameter of a further use against that of the first.
  constexpr void check_same_shape(const Parameter& mine) {
    const int owner = graph_.node(mine.layer).owner;
    for (const Parameter& p : graph_.parameters) {
      if (p.layer != owner || p.spec.name != mine.spec.name) continue;
      if (p.spec.rank != mine.spec.rank || p.spec.extents != mine.spec.extents) {
        refuse(graph_.node(mine.layer).scope,
               other_parameter(mine.spec, p.spec, path(graph_.scopes, graph_.node(owner).scope)));
      }
    }
  }

  /// Whether what does not fit is no longer told: the first thing that did not fit was.
  constexpr bool is_quiet() const {
    return silent_ > 0 || graph_.refusal.happened() || missing_.refusal.happened();
  }

  constexpr Refusal located(int scope, Refusal r) const {
    const Path where = path(graph_.scopes, scope);
    r.where = where.empty() ? Sentence("the network") : Sentence(where.view());
    return r;
  }

  constexpr void refuse(int scope, const Refusal& r) {
    if (r.happened() && !is_quiet()) graph_.refusal = located(scope, r);
  }

  /// A tap that was read before it was there.
  struct MissingTap {
    Refusal refusal;
    std::string_view reader;
    std::string_view name;
    int scope = -1;
  };

  Graph graph_;
  std::vector<std::pair<const expr::Formula*, int>> numbers_of_formulas_;
  Names names_;
  MissingTap missing_;
  int silent_ = 0;
};

}  // namespace convexpr::graph
