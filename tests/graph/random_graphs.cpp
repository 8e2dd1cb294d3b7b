// Graphs that no one thought of, put together at random: the planner must not lose a value.
#define BOOST_TEST_MODULE graph_random_graphs
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/activation.hpp>
#include <random>
#include <vector>

#include "labels.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;

namespace {

/// A graph of layers that keep the extents, each of which reads values at random: long skips,
/// shared parameters and side outputs in any combination.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint32_t seed) : bits_(seed) {
    add(Kind::input, {}, cx::shape(pick({3, 8, 16}), 2 + below(3), 1 + below(4)));
    const int layers = 4 + below(14);
    for (int i = 0; i < layers; ++i) add_layer();
    g_.output = below(4) == 0 ? any() : g_.size() - 1;
    for (int h = below(3); h > 0; --h) g_.heads.push_back({.name = "head", .node = any()});
  }

  const graph::Graph& graph() const { return g_; }

 private:
  int below(int n) { return static_cast<int>(bits_() % static_cast<std::uint32_t>(n)); }
  int pick(std::vector<int> from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }
  /// A value, more often a late one.
  int any() {
    const int n = g_.size();
    return below(2) == 0 ? n - 1 - below(n < 4 ? n : 4) : below(n);
  }
  cx::Shape value(int node) const { return g_.node(node).op.out; }

  void add(Kind kind, const std::vector<int>& from, cx::Shape out) {
    graph::Node n;
    n.op.kind = kind;
    n.op.in = from.empty() ? out : value(from[0]);
    n.op.out = out;
    n.layer = n.owner = g_.size();
    if (kind == Kind::conv2d) {
      const int reach = below(3);
      n.op.window = {{2 * reach + 1}, {1}, {1}, {reach}};
      for (const graph::Parameter& p : g_.parameters) {  // a use of an earlier one's parameters
        if (below(3) == 0) n.owner = p.layer;
      }
      if (n.owner == n.layer) g_.parameters.push_back({{.name = "weight", .rank = 1}, n.layer});
    }
    if (kind == Kind::relu) n.formula = g_.intern(cx::detail::formula_of<cx::ReLU>);
    if (kind == Kind::tanh) n.formula = g_.intern(cx::detail::formula_of<cx::Tanh>);
    g_.add(n, from);
  }

  void add_layer() {
    const int x = any();
    const cx::Shape s = value(x);
    switch (below(6)) {
      case 0:
      case 1: add(Kind::conv2d, {x}, cx::shape(pick({4, 8, 16, 5}), s.height, s.width)); break;
      case 2: add(pick_activation(), {x}, s); break;
      case 3: add(below(2) == 0 ? Kind::batch_norm2d : Kind::dropout, {x}, s); break;
      case 4: add_concat(x); break;
      default: add_sum(x);
    }
  }

  Kind pick_activation() { return below(2) == 0 ? Kind::relu : Kind::tanh; }

  void add_concat(int x) {
    std::vector<int> parts{x};
    int channels = value(x).channels;
    for (int more = below(3); more > 0 && channels < 64; --more) {
      parts.push_back(any());
      channels += value(parts.back()).channels;
    }
    add(Kind::concat, parts, cx::shape(channels, value(x).height, value(x).width));
  }

  void add_sum(int x) {
    std::vector<int> parts{x};
    for (int tries = 0; tries < 6; ++tries) {
      const int other = any();
      if (value(other) == value(x)) parts.push_back(other);
    }
    add(Kind::sum, parts, value(x));
  }

  std::mt19937 bits_;
  graph::Graph g_;
};

constexpr graph::Purpose purposes[]{
    {.mode = cx::Mode::inference},
    {.mode = cx::Mode::training, .backward = true},
    {.mode = cx::Mode::training, .backward = true, .input_gradient = true, .heads = true},
    {.mode = cx::Mode::inference, .backward = true, .input_gradient = true},
};

/// The passes of `graph::lower` on a graph that no architecture stands for.
graph::Graph lowered(graph::Graph g, const graph::Purpose& purpose) {
  graph::choose_planar_input(g, purpose.lanes);
  graph::prune(g, purpose.mode, purpose.heads);
  if (purpose.backward) graph::differentiate(g, purpose.input_gradient);
  graph::attach_epilogues(g);
  graph::merge_siblings(g);
  return g;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_step_of_a_random_graph_finds_its_inputs) {
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    const RandomGraph random(seed);
    for (const int lanes : {4, 8}) {
      for (graph::Purpose purpose : purposes) {
        purpose.lanes = lanes;
        const graph::Graph g = lowered(random.graph(), purpose);
        const graph::Layout layout = graph::LayoutPass(g, lanes).run();
        graph::PlanDraft plan = graph::Schedule(g, layout, purpose.mode).run();
        graph::place_arrays(plan);
        test::Labels labels(g, plan);
        labels.run();
        BOOST_REQUIRE_MESSAGE(labels.faults() == 0, labels.faults()
                                                        << " faults of seed " << seed << " with "
                                                        << lanes << " lanes");
      }
    }
  }
}
