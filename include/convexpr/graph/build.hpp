// From types to values: walks an architecture once and writes down its graph.
//
// Everything that can be wrong with an architecture is found here, where the path is known.
// Next: graph/plan.hpp, which lowers the graph.
#pragma once

#include <array>
#include <convexpr/graph/graph.hpp>
#include <convexpr/layers/combinators.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr::graph {

/// A layer that computes, as opposed to one that is made of layers.
template <class T>
concept Leaf = IsLayer<T> && requires(Shape in, Declaration& d) { T::declare(in, d); };

/// Writes layers into a graph; after a refusal it only follows the structure.
class Builder {
 public:
  constexpr explicit Builder(Shape in) {
    graph_.scopes.push_back({});
    Node n;
    n.op.kind = Kind::input;
    n.op.in = n.op.out = in;
    n.scope = 0;
    n.layer = 0;
    graph_.add(n, {});
    check_input(in);
  }

  /// Adds layer `L` at `scope`, reading node `x`; gives the node that holds its output.
  template <class L>
  constexpr int add(int x, int scope) {
    return add(x, scope, std::type_identity<std::remove_cv_t<L>>{});
  }

  constexpr Graph finish(int output) {
    graph_.output = output;
    if (graph_.refusal.happened()) {  // what is left must hold together: the input alone
      graph_.nodes.resize(1, Node{});
      graph_.edges.clear();
      graph_.parameters.clear();
      graph_.output = 0;
      for (Scope& s : graph_.scopes) s.output = 0;
    }
    return static_cast<Graph&&>(graph_);
  }

 private:
  template <Leaf L>
  constexpr int add(int x, int scope, std::type_identity<L>) {
    Declaration d;
    d.op.in = graph_.node(x).op.out;
    d.op.out = d.op.in;
    L::declare(d.op.in, d);
    return add_declared(d, x, scope);
  }

  template <class... L>
  constexpr int add(int x, [[maybe_unused]] int scope, std::type_identity<Sequential<L...>>) {
    int position = 0;
    ((x = child<L>(x, scope, position++)), ...);
    return x;
  }

  template <class... B>
  constexpr int add(int x, int scope, std::type_identity<Concat<B...>>) {
    int position = 0;
    const std::array<int, sizeof...(B)> parts{child<B>(x, scope, position++)...};
    return join(Kind::concat, parts, scope);
  }

  template <class... B>
  constexpr int add(int x, int scope, std::type_identity<Sum<B...>>) {
    int position = 0;
    const std::array<int, sizeof...(B)> parts{child<B>(x, scope, position++)...};
    return join(Kind::sum, parts, scope);
  }

  template <class Body, class Shortcut>
  constexpr int add(int x, int scope, std::type_identity<Residual<Body, Shortcut>>) {
    const std::array<int, 2> parts{child<Body>(x, scope, 0), child<Shortcut>(x, scope, 1)};
    check_shortcut(graph_.node(parts[0]).op.out, graph_.node(parts[1]).op.out, scope);
    return join(Kind::sum, parts, scope);
  }

  template <int N, class Block>
  constexpr int add(int x, int scope, std::type_identity<Repeat<N, Block>>) {
    if (N < 1)
      refuse(scope, "repeat: the count must be positive", Sentence() << N, "1 or more",
             "write repeat<2>(block)");
    for (int i = 0; i < N; ++i) {  // a name inside repeats too, so each copy gets its position
      const int inner = position_scope(scope, i);
      x = close(inner, add<Block>(x, inner));
    }
    return x;
  }

  template <text Name, class Block>
  constexpr int add(int x, int scope, std::type_identity<Named<Name, Block>>) {
    const int inner = name_scope(scope, Name.view());
    x = add<Block>(x, inner);
    return close(inner, x);
  }

  template <class T>
  constexpr int add(int x, int scope, std::type_identity<T>) {
    refuse(scope, "chain: only layers can be chained", Sentence(type_name<T>()),
           "a layer, such as relu or conv2d<64, {.kernel = 3}>",
           "write the type of a layer, such as ReLU or Conv2d<64, {.kernel = 3}>");
    return x;
  }

  /// A block inside a block: named ones bring their own scope, others get their position.
  template <class L>
  constexpr int child(int x, int scope, int position) {
    return child(x, scope, position, std::type_identity<std::remove_cv_t<L>>{});
  }
  template <text Name, class Block>
  constexpr int child(int x, int scope, int, std::type_identity<Named<Name, Block>> named) {
    return add(x, scope, named);
  }
  template <class L>
  constexpr int child(int x, int scope, int position, std::type_identity<L> layer) {
    const int inner = position_scope(scope, position);
    return close(inner, add(x, inner, layer));
  }

  constexpr int position_scope(int parent, int position) {
    graph_.scopes.push_back({.parent = parent, .position = position, .name = {}});
    return static_cast<int>(graph_.scopes.size()) - 1;
  }

  /// What follows an input that cannot be works on a shape that can.
  constexpr void check_input(Shape in) {
    if (in.rank == 0) {
      refuse(0, "input: one to three extents",
             Sentence() << in.channels << (in.channels == 1 ? " extent" : " extents"),
             "C, H, W; or C, L; or N", "write Input<3, 224, 224> or Input<256>");
    } else if (!is_possible(in)) {
      refuse(0, "input: every extent must be positive", words(in), "1 or more each",
             "write Input<channels, height, width>");
    }
    if (!is_possible(in)) graph_.node(0).op.in = graph_.node(0).op.out = shape(1);
  }

  constexpr int close(int scope, int output) {
    graph_.scopes[static_cast<std::size_t>(scope)].output = output;
    return output;
  }

  constexpr int name_scope(int parent, std::string_view name) {
    bool number = true;
    for (const char c : name) number = number && c >= '0' && c <= '9';
    if (number) {
      refuse(parent, "named: the name must be a word", Sentence() << "\"" << name << "\"",
             "a name that is not empty and no number",
             "write named<\"stem\">(block); numbers are the positions of unnamed blocks");
    }
    if (name.find('.') != std::string_view::npos) {
      refuse(parent, "named: the name must not contain a dot", Sentence() << "\"" << name << "\"",
             "one name for one block",
             "write named<\"a\">(named<\"b\">(block)), whose path is a.b");
    }
    for (const Scope& s : graph_.scopes) {
      if (s.parent == parent && s.position < 0 && s.name == name) {
        refuse(parent, "named: the name is taken", Sentence() << "\"" << name << "\" twice",
               "one block of a name in each chain", "write another name for the second block");
        break;
      }
    }
    graph_.scopes.push_back({.parent = parent, .position = -1, .name = name});
    return static_cast<int>(graph_.scopes.size()) - 1;
  }

  constexpr int add_declared(const Declaration& d, int x, int scope) {
    if (d.refusal.happened()) {
      refuse(scope, d.refusal.fact, d.refusal.got, d.refusal.wanted, d.refusal.hint);
      return x;
    }
    Node n;
    n.op = d.op;
    n.scope = scope;
    n.layer = graph_.size();
    for (int i = 0; i < d.parameter_count; ++i) {
      graph_.parameters.push_back({d.parameters[static_cast<std::size_t>(i)], n.layer});
    }
    return graph_.add(n, std::span(&x, 1));
  }

  /// Adds a concat or a sum over `parts`, which must agree.
  constexpr int join(Kind kind, std::span<const int> parts, int scope) {
    if (parts.empty()) {
      const std::string_view layer = kind == Kind::concat ? "concat" : "sum";
      refuse(scope, Sentence() << layer << ": there must be a branch", "no branch", "1 or more",
             Sentence() << "write " << layer << "(branch, branch)");
      return 0;
    }
    if (kind == Kind::sum && parts.size() > most_summands) {
      refuse(scope, "sum: there are too many branches",
             Sentence() << static_cast<long long>(parts.size()) << " branches",
             Sentence() << static_cast<long long>(most_summands) << " or fewer",
             "write sums of sums: sum(sum(...), sum(...))");
      return 0;
    }
    Node n;
    n.op.kind = kind;
    n.op.in = n.op.out = graph_.node(parts[0]).op.out;
    n.scope = scope;
    n.layer = graph_.size();
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const Shape s = graph_.node(parts[i]).op.out;
      check_part(kind, s, n.op.in, static_cast<int>(i), scope);
      if (kind == Kind::concat) n.op.out.channels += s.channels;
    }
    return graph_.add(n, parts);
  }

  constexpr void check_part(Kind kind, Shape part, Shape first, int position, int scope) {
    Shape comparable = part;
    if (kind == Kind::concat) comparable.channels = first.channels;
    if (comparable == first || graph_.refusal.happened()) return;
    const Sentence got = Sentence() << words(part) << " in branch " << position;
    if (kind == Kind::concat) {
      const Sentence wanted = Sentence()
                              << "Cx" << first.height << "x" << first.width << " as branch 0";
      refuse(scope, "concat: the branches must have one height and width", got,
             first.rank == 3 ? wanted : (Sentence() << words(first) << " as branch 0"),
             "give all branches one stride, and padding that keeps the size");
    } else {
      refuse(scope, "sum: the branches must have one shape", got,
             Sentence() << words(first) << " as branch 0",
             "end all branches with one number of channels, at one stride");
    }
  }

  constexpr void check_shortcut(Shape body, Shape shortcut, int scope) {
    if (body == shortcut) return;
    refuse(
        scope, "residual: the shortcut must have the shape of the body",
        Sentence() << words(shortcut) << " from the shortcut",
        Sentence() << words(body) << " as from the body",
        body.height == shortcut.height && body.width == shortcut.width
            ? Sentence() << "write residual(body, conv2d<" << body.channels << ", {.kernel = 1}>)"
            : Sentence("write residual(body, shortcut) with a shortcut of the same strides"));
  }

  constexpr void refuse(int scope, const Sentence& fact, const Sentence& got,
                        const Sentence& wanted, const Sentence& hint) {
    if (graph_.refusal.happened()) return;
    const Path where = path(graph_.scopes, scope);
    graph_.refusal = {where.empty() ? Sentence("the network") : Sentence(where.view()), fact, got,
                      wanted, hint};
  }

  Graph graph_;
};

/// The graph of `Architecture` on inputs of shape `in`, or a refusal.
template <class Architecture>
constexpr Graph build(Shape in) {
  Builder builder(in);
  const int output = builder.add<Architecture>(0, 0);
  return builder.finish(output);
}

}  // namespace convexpr::graph
