// Which activations ride on the layer before them, and which do not.
#define BOOST_TEST_MODULE graph_epilogue
#include <boost/test/unit_test.hpp>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;
using graph::Activation;
using test::count;

namespace {

template <class Architecture>
graph::Graph fused(const Architecture&, bool backward = false) {
  graph::Graph g = graph::build<Architecture>(test::image);
  graph::prune(g, cx::Mode::training);
  if (backward) graph::differentiate(g, true);
  graph::attach_epilogues(g);
  return g;
}

constexpr auto conv = cx::conv2d<4, {.kernel = 3}>;

}  // namespace

BOOST_AUTO_TEST_CASE(activations_ride_on_convolutions_linear_layers_and_sums) {
  const graph::Graph g = fused(conv | cx::relu | cx::sum(cx::identity, cx::identity) | cx::tanh |
                               cx::flatten | cx::linear<5> | cx::sigmoid);
  BOOST_TEST(count(g, Kind::relu) + count(g, Kind::tanh) + count(g, Kind::sigmoid) == 0);
  for (const graph::Node& n : g.nodes) {
    if (n.removed) continue;
    if (n.op.kind == Kind::conv2d) BOOST_TEST((n.activation == Activation{Kind::relu}));
    if (n.op.kind == Kind::sum) BOOST_TEST((n.activation == Activation{Kind::tanh}));
    if (n.op.kind == Kind::linear) BOOST_TEST((n.activation == Activation{Kind::sigmoid}));
  }
  BOOST_TEST((g.node(g.output).op.kind == Kind::linear));
}

BOOST_AUTO_TEST_CASE(activations_ride_on_convolutions_of_every_kind) {
  const graph::Graph g =
      fused(cx::depthwise_conv2d<{.kernel = 3}> | cx::relu | cx::filter2d<cx::sobel_x> | cx::tanh |
            cx::conv_transpose2d<4, {.kernel = 3}> | cx::sigmoid);
  BOOST_TEST(count(g) == 4);
  BOOST_TEST((g.node(g.output).activation == Activation{Kind::sigmoid}));
}

BOOST_AUTO_TEST_CASE(a_layer_carries_one_activation) {
  const graph::Graph g = fused(conv | cx::relu | cx::tanh);
  BOOST_TEST(count(g, Kind::relu) == 0);
  BOOST_TEST(count(g, Kind::tanh) == 1);
}

BOOST_AUTO_TEST_CASE(pools_and_normalisations_carry_none) {
  const graph::Graph g = fused(cx::max_pool2d<{.kernel = 2}> | cx::relu | cx::batch_norm2d<> |
                               cx::relu | cx::local_response_norm<{.size = 3}> | cx::relu);
  BOOST_TEST(count(g, Kind::relu) == 3);
}

BOOST_AUTO_TEST_CASE(a_value_that_somebody_else_reads_stays_as_it_is) {
  const graph::Graph g = fused(conv | cx::concat(cx::relu, cx::tanh));
  BOOST_TEST(count(g, Kind::relu) == 1);
  BOOST_TEST(count(g, Kind::tanh) == 1);
  BOOST_TEST(count(fused(conv | cx::residual(cx::relu)), Kind::relu) == 1);
}

BOOST_AUTO_TEST_CASE(softmax_is_not_elementwise) {
  BOOST_TEST(count(fused(conv | cx::softmax), Kind::softmax) == 1);
}

BOOST_AUTO_TEST_CASE(in_training_the_adjoint_reads_the_fused_value) {
  const graph::Graph g = fused(conv | cx::relu | conv, true);
  BOOST_TEST(count(g, Kind::relu) == 0);
  BOOST_TEST(count(g, Kind::relu, graph::Role::adjoint) == 1);
  for (const graph::Node& n : g.nodes) {
    if (n.removed || n.op.kind != Kind::relu) continue;
    const graph::Node& y = g.node(g.inputs(n)[0]);
    BOOST_TEST((y.op.kind == Kind::conv2d));
    BOOST_TEST((y.activation == Activation{Kind::relu}));
  }
}

BOOST_AUTO_TEST_CASE(what_the_backward_pass_reads_stays_apart_from_what_is_made_of_it) {
  constexpr auto net = conv | cx::gelu | conv | cx::softplus;
  BOOST_TEST(count(fused(net), Kind::gelu) == 0);
  const graph::Graph g = fused(net, true);
  BOOST_TEST(count(g, Kind::gelu) == 1);
  BOOST_TEST(count(g, Kind::softplus) == 0);
  for (const graph::Node& n : g.nodes) {
    if (n.removed || n.op.kind != Kind::gelu || n.role != graph::Role::adjoint) continue;
    const graph::Node& x = g.node(g.inputs(n)[0]);
    BOOST_TEST((x.op.kind == Kind::conv2d));
    BOOST_TEST((x.activation == Activation{}));
  }
}

BOOST_AUTO_TEST_CASE(a_parameter_decides_whether_an_activation_rides_in_training) {
  BOOST_TEST(count(fused(conv | cx::leaky_relu<0.5>, true), Kind::leaky_relu) == 0);
  BOOST_TEST(count(fused(conv | cx::leaky_relu<-0.5>, true), Kind::leaky_relu) == 1);
  BOOST_TEST(count(fused(conv | cx::leaky_relu<-0.5>), Kind::leaky_relu) == 0);
  for (const graph::Node& n : fused(conv | cx::leaky_relu<0.5>).nodes) {
    if (n.op.kind == Kind::conv2d) BOOST_TEST((n.activation == Activation{Kind::leaky_relu, 0.5F}));
  }
}

BOOST_AUTO_TEST_CASE(adjoints_carry_nothing) {
  for (const graph::Node& n : fused(test::skips, true).nodes) {
    if (n.role != graph::Role::forward && n.op.kind == Kind::conv2d) {
      BOOST_TEST((n.activation == Activation{Kind::identity}));
    }
  }
}
