// The graph of an architecture as a constant, so that a test has it without the code that builds it.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/graph/build.hpp>

namespace support {

namespace cx = convexpr;

struct GraphSize {
  std::size_t nodes = 0;
  std::size_t edges = 0;
  std::size_t uses = 0;
  std::size_t scopes = 0;
  std::size_t parameters = 0;
  std::size_t heads = 0;
};

template <class Architecture, cx::Shape In>
inline constexpr GraphSize graph_size = [] {
  const cx::graph::Graph g = cx::graph::build<Architecture>(In);
  return GraphSize{g.nodes.size(),  g.edges.size(),      g.uses.size(),
                   g.scopes.size(), g.parameters.size(), g.heads.size()};
}();

template <GraphSize Size>
struct FrozenGraph {
  std::array<cx::graph::Node, Size.nodes> nodes{};
  std::array<int, Size.edges> edges{};
  std::array<cx::graph::Use, Size.uses> uses{};
  std::array<cx::graph::Scope, Size.scopes> scopes{};
  std::array<cx::graph::Parameter, Size.parameters> parameters{};
  std::array<cx::graph::SideOutput, Size.heads> heads{};
  int output = 0;

  constexpr explicit FrozenGraph(const cx::graph::Graph& g) : output(g.output) {
    std::copy(g.nodes.begin(), g.nodes.end(), nodes.begin());
    std::copy(g.edges.begin(), g.edges.end(), edges.begin());
    std::copy(g.uses.begin(), g.uses.end(), uses.begin());
    std::copy(g.scopes.begin(), g.scopes.end(), scopes.begin());
    std::copy(g.parameters.begin(), g.parameters.end(), parameters.begin());
    std::copy(g.heads.begin(), g.heads.end(), heads.begin());
  }
};

template <class Architecture, cx::Shape In>
inline constexpr FrozenGraph<graph_size<Architecture, In>> frozen_graph{
    cx::graph::build<Architecture>(In)};

/// The graph as `build` gives it.
template <class Architecture, cx::Shape In>
cx::graph::Graph graph_of() {
  const auto& frozen = frozen_graph<Architecture, In>;
  cx::graph::Graph g;
  g.nodes.assign(frozen.nodes.begin(), frozen.nodes.end());
  g.edges.assign(frozen.edges.begin(), frozen.edges.end());
  g.uses.assign(frozen.uses.begin(), frozen.uses.end());
  g.scopes.assign(frozen.scopes.begin(), frozen.scopes.end());
  g.parameters.assign(frozen.parameters.begin(), frozen.parameters.end());
  g.heads.assign(frozen.heads.begin(), frozen.heads.end());
  g.output = frozen.output;
  return g;
}

}  // namespace support
