// From types to values: walks an architecture once and writes down its graph.
//
// Everything that can be wrong with an architecture is found here, where the path is known:
// writer.hpp notices it, refusals.hpp says it.
// Next: graph/plan.hpp, which lowers the graph.
#pragma once

#include <array>
#include <convexpr/graph/declare.hpp>
#include <convexpr/graph/writer.hpp>
#include <convexpr/layers/combinators.hpp>
#include <convexpr/layers/elementwise.hpp>
#include <convexpr/layers/head.hpp>
#include <convexpr/layers/layer.hpp>
#include <convexpr/layers/shared.hpp>
#include <convexpr/layers/tap.hpp>

namespace convexpr::graph {

/// Blocks whose name takes the place of their position in paths.
template <class T>
inline constexpr bool is_called = false;
template <text Name, class Block>
inline constexpr bool is_called<Named<Name, Block>> = true;
template <text Name, class Block>
inline constexpr bool is_called<Shared<Name, Block>> = true;
template <text Name, class Branch>
inline constexpr bool is_called<Head<Name, Branch>> = true;

/// Follows the structure of an architecture and has its layers written into a graph.
class Builder : private Writer {
 public:
  using Writer::finish;
  using Writer::Writer;

  /// Adds layer `L` at `scope`, reading node `x`; gives the node that holds its output.
  template <class L>
  constexpr int add(int x, int scope) {
    return add(x, scope, std::type_identity<std::remove_cv_t<L>>{});
  }

 private:
  template <Leaf L>
  constexpr int add(int x, int scope, std::type_identity<L>) {
    return add_declared(declare<L>(value(x)), x, scope);
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

  template <auto F, auto... P, class... B>
  constexpr int add(int x, int scope, std::type_identity<Zip<F, Parameters<P...>, B...>>) {
    if constexpr (sizeof...(B) == 0) {
      refuse(scope, no_branch("zip<f>"));
      return x;
    } else {
      int position = 0;
      const std::array<int, sizeof...(B)> parts{child<B>(x, scope, position++)...};
      Declaration d;
      d.op.in = d.op.out = value(parts[0]);
      ::convexpr::detail::declare_traced<F, static_cast<int>(sizeof...(B)), P...>("zip", d);
      d.op.called = "Zip";
      return add_zip(d, parts, scope);
    }
  }

  template <class Body, class Shortcut>
  constexpr int add(int x, int scope, std::type_identity<Residual<Body, Shortcut>>) {
    const std::array<int, 2> parts{child<Body>(x, scope, 0), child<Shortcut>(x, scope, 1)};
    if (value(parts[0]) != value(parts[1])) {
      refuse(scope, shortcut_misfit(value(parts[0]), value(parts[1])));
    }
    return join(Kind::sum, parts, scope);
  }

  template <int N, class Block>
  constexpr int add(int x, int scope, std::type_identity<Repeat<N, Block>>) {
    if (N < 1)
      refuse(scope, {{},
                     "repeat: the count must be positive",
                     Sentence() << N,
                     "1 or more",
                     "write repeat<2>(block)"});
    for (int i = 0; i < N; ++i) {  // a name inside repeats too, so each copy gets its position
      const int inner = position_scope(scope, i);
      x = close(inner, add<Block>(x, inner));
    }
    return x;
  }

  template <text Name, class Block>
  constexpr int add(int x, int scope, std::type_identity<Named<Name, Block>>) {
    const int inner = name_scope(scope, "named", Name.view());
    return close(inner, add<Block>(x, inner));
  }

  template <text Name>
  constexpr int add(int x, int scope, std::type_identity<Tap<Name>>) {
    return add_tap(Name.view(), x, scope);
  }
  template <text Name, SkipOptions O>
  constexpr int add(int x, int scope, std::type_identity<ConcatWith<Name, O>>) {
    return add_skip(Kind::concat, Name.view(), O.crop, x, scope);
  }
  template <text Name, SkipOptions O>
  constexpr int add(int x, int scope, std::type_identity<SumWith<Name, O>>) {
    return add_skip(Kind::sum, Name.view(), O.crop, x, scope);
  }

  template <text Name, class Block>
  constexpr int add(int x, int scope, std::type_identity<Shared<Name, Block>>) {
    using Plain = std::remove_cv_t<Block>;
    const int first = names_.find_shared(Name.view());
    if (first >= 0) return add_use<Plain>(x, scope, names_.shared(first));
    const int inner = name_scope(scope, "shared", Name.view());
    const int index = names_.add_shared(
        {Name.view(), &identity_of<Plain>, type_name<Plain>(), graph_.size(), -1});
    x = close(inner, add<Plain>(x, inner));
    names_.shared(index).nodes = graph_.size() - names_.shared(index).first_node;
    return x;
  }

  template <text Name, class Branch>
  constexpr int add(int x, int scope, std::type_identity<Head<Name, Branch>>) {
    for (const SideOutput& h : graph_.heads) {
      if (h.name == Name.view()) refuse(scope, name_taken_in_network("head", h.name));
    }
    const int inner = name_scope(scope, "head", Name.view());
    const int y = close(inner, add<Branch>(x, inner));
    graph_.heads.push_back({.name = Name.view(), .node = y});
    return x;
  }

  template <class T>
  constexpr int add(int x, int scope, std::type_identity<T>) {
    refuse(scope, {{},
                   "chain: only layers can be chained",
                   Sentence(type_name<T>()),
                   "a layer, such as relu or conv2d<64, {.kernel = 3}>",
                   "write the type of a layer, such as ReLU or Conv2d<64, {.kernel = 3}>"});
    return x;
  }

  /// A block inside a block: those with a name bring their own scope, others get their position.
  template <class L>
  constexpr int child(int x, int scope, int position) {
    using Plain = std::remove_cv_t<L>;
    if constexpr (is_called<Plain>) {
      return add<Plain>(x, scope);
    } else {
      const int inner = position_scope(scope, position);
      return close(inner, add<Plain>(x, inner));
    }
  }

  /// A further use of a shared block: nodes of its own that use the first ones' parameters.
  template <class Block>
  constexpr int add_use(int x, int scope, const SharedBlock first) {
    const int inner = push_scope({.parent = scope, .position = -1, .name = first.name});
    if (first.nodes < 0) refuse(inner, inside_itself(first.name));
    const bool same = first.type == &identity_of<Block>;
    const int begin = graph_.size();
    if (!same) ++silent_;  // what is wrong is that the block is there at all
    x = close(inner, add<Block>(x, inner));
    if (!same) {
      --silent_;
      refuse(inner,
             other_block(graph_, first.first_node, begin, first.nodes, graph_.size() - begin));
      refuse(inner, other_options(first.type_name, type_name<Block>()));
    }
    share(first, begin, inner);
    return x;
  }
};

/// The graph of `Architecture` on inputs of shape `in`, or a refusal.
template <class Architecture>
constexpr Graph build(Shape in) {
  Builder builder(in);
  const int output = builder.add<Architecture>(0, 0);
  return builder.finish(output);
}

}  // namespace convexpr::graph
