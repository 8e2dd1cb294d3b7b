// Which activations ride on the layer before them, and which do not.
#define BOOST_TEST_MODULE graph_epilogue
#include <boost/test/unit_test.hpp>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;
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

/// Whether what rides on a node is the function of a layer.
template <class Layer>
bool carries(const graph::Graph& g, const graph::Node& n) {
  return n.epilogue >= 0 && g.formula(n.epilogue) == cx::detail::formula_of<Layer>;
}

}  // namespace

BOOST_AUTO_TEST_CASE(activations_ride_on_convolutions_linear_layers_and_sums) {
  const graph::Graph g = fused(conv | cx::relu | cx::sum(cx::identity, cx::identity) | cx::tanh |
                               cx::flatten | cx::linear<5> | cx::sigmoid);
  BOOST_TEST(count(g, Kind::relu) + count(g, Kind::tanh) + count(g, Kind::sigmoid) == 0);
  for (const graph::Node& n : g.nodes) {
    if (n.removed) continue;
    if (n.op.kind == Kind::conv2d) BOOST_TEST(carries<cx::ReLU>(g, n));
    if (n.op.kind == Kind::sum) BOOST_TEST(carries<cx::Tanh>(g, n));
    if (n.op.kind == Kind::linear) BOOST_TEST(carries<cx::Sigmoid>(g, n));
  }
  BOOST_TEST((g.node(g.output).op.kind == Kind::linear));
}

BOOST_AUTO_TEST_CASE(activations_ride_on_convolutions_of_every_kind) {
  const graph::Graph g =
      fused(cx::depthwise_conv2d<{.kernel = 3}> | cx::relu | cx::filter2d<cx::sobel_x> | cx::tanh |
            cx::conv_transpose2d<4, {.kernel = 3}> | cx::sigmoid);
  BOOST_TEST(count(g) == 4);
  BOOST_TEST(carries<cx::Sigmoid>(g, g.node(g.output)));
}

BOOST_AUTO_TEST_CASE(functions_that_follow_one_another_ride_as_one) {
  const graph::Graph g = fused(conv | cx::relu | cx::tanh);
  BOOST_TEST(count(g) == 2);                                   // the input is one
  BOOST_TEST(g.formula(g.node(g.output).epilogue).size == 4);  // x, 0, max, tanh
}

BOOST_AUTO_TEST_CASE(a_residual_sum_and_what_follows_ride_on_the_last_convolution) {
  const graph::Graph g =
      fused(cx::residual(conv | cx::relu | cx::conv_transpose2d<4, {.kernel = 3}> |
                         cx::conv2d<3, {.kernel = 1}>) |
            cx::relu);
  BOOST_TEST(count(g, Kind::sum) == 0);
  const graph::Node& last = g.node(g.output);
  BOOST_TEST((last.op.kind == Kind::conv2d));
  BOOST_TEST(last.own_inputs == 1);
  BOOST_TEST(last.input_count == 2);
  BOOST_TEST(g.inputs(last)[1] == 0);
  BOOST_TEST(g.formula(last.epilogue).input_count == 2);
}

BOOST_AUTO_TEST_CASE(a_sum_of_more_than_a_formula_takes_stays_a_sum) {
  constexpr auto values = [](auto... rest) {
    constexpr auto pool = cx::max_pool2d<{.kernel = 1}>;
    return cx::sum(pool, pool, pool, pool, pool, pool, rest..., cx::conv2d<3, {.kernel = 1}>);
  };
  BOOST_TEST(count(fused(values(cx::identity)), Kind::sum) == 0);  // eight with its own
  BOOST_TEST(count(fused(values(cx::identity, cx::softmax)), Kind::sum) == 1);
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_sum_add_up_where_they_are_computed) {
  constexpr auto part = cx::conv2d<3, {.kernel = 1}>;
  const graph::Graph g = fused(cx::sum(cx::softmax, part, cx::depthwise_conv2d<{.kernel = 1}>,
                                       cx::max_pool2d<{.kernel = 1}>, cx::sigmoid));
  BOOST_REQUIRE(count(g, Kind::sum) == 1);
  const graph::Node& sum = g.node(g.output);
  BOOST_TEST(sum.input_count == 3);  // what the convolutions have summed, and two that follow
  const graph::Node& second = g.node(g.inputs(sum)[0]);
  BOOST_TEST((second.op.kind == Kind::depthwise_conv2d));
  BOOST_TEST(second.input_count == 2);
  const graph::Node& first = g.node(g.inputs(second)[1]);
  BOOST_TEST((first.op.kind == Kind::conv2d));
  BOOST_TEST((g.node(g.inputs(first)[1]).op.kind == Kind::softmax));
}

BOOST_AUTO_TEST_CASE(a_learned_slope_rides_on_every_layer_that_carries) {
  const auto check = [](Kind kind, const auto& layer) {
    const graph::Graph g = fused(layer | cx::prelu);
    const graph::Node& last = g.node(g.output);
    BOOST_TEST((last.op.kind == kind));
    BOOST_REQUIRE(last.use_count == 1);
    BOOST_TEST(g.uses_of(last)[0].name == "weight");
    BOOST_TEST(!g.uses_of(last)[0].per_channel);
  };
  check(Kind::conv2d, conv);
  check(Kind::depthwise_conv2d, cx::depthwise_conv2d<{.kernel = 3}>);
  check(Kind::conv_transpose2d, cx::conv_transpose2d<4, {.kernel = 3}>);
  check(Kind::filter2d, cx::filter2d<cx::sobel_x>);
  check(Kind::linear, cx::flatten | cx::linear<5>);
  check(Kind::layer_norm, cx::layer_norm<>);
  check(Kind::group_norm, cx::group_norm<3>);
  check(Kind::instance_norm2d, cx::instance_norm2d<>);
  check(Kind::batch_norm2d, cx::batch_norm2d<>);
  check(Kind::sum, cx::sum(cx::identity, cx::softmax));
}

BOOST_AUTO_TEST_CASE(residual_sums_ride_on_every_layer_that_carries) {
  const auto check = [](Kind kind, const auto& layer) {
    const graph::Graph g = fused(cx::residual(layer) | cx::relu);
    BOOST_TEST(count(g, Kind::sum) + count(g, Kind::relu) == 0);
    const graph::Node& last = g.node(g.output);
    BOOST_TEST((last.op.kind == kind));
    BOOST_TEST(last.input_count == 2);
  };
  check(Kind::depthwise_conv2d, cx::depthwise_conv2d<{.kernel = 3, .padding = 1}>);
  check(Kind::conv_transpose2d, cx::conv_transpose2d<3, {.kernel = 3, .padding = 1}>);
  check(Kind::layer_norm, cx::layer_norm<>);
  check(Kind::group_norm, cx::group_norm<3>);
  check(Kind::instance_norm2d, cx::instance_norm2d<>);
  check(Kind::batch_norm2d, cx::batch_norm2d<>);
  const graph::Graph g = fused(cx::flatten | cx::residual(cx::linear<test::image.size()>));
  BOOST_TEST((g.node(g.output).op.kind == Kind::linear));
  BOOST_TEST(count(g, Kind::sum) == 0);
}

BOOST_AUTO_TEST_CASE(functions_ride_on_normalisations_but_not_on_pools) {
  const graph::Graph g =
      fused(cx::max_pool2d<{.kernel = 2}> | cx::relu | cx::batch_norm2d<> | cx::relu |
            cx::group_norm<3> | cx::gelu | cx::local_response_norm<{.size = 3}> | cx::relu);
  BOOST_TEST(count(g, Kind::relu) == 2);
  BOOST_TEST(count(g, Kind::gelu) == 0);
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
  const graph::Graph g = fused(conv | cx::relu | cx::avg_pool2d<{.kernel = 2}> | conv, true);
  BOOST_TEST(count(g, Kind::relu) == 0);
  BOOST_TEST(count(g, Kind::relu, graph::Role::adjoint) == 1);
  for (const graph::Node& n : g.nodes) {
    if (n.removed || n.op.kind != Kind::relu) continue;
    const graph::Node& y = g.node(g.inputs(n)[0]);
    BOOST_TEST((y.op.kind == Kind::conv2d));
    BOOST_TEST(carries<cx::ReLU>(g, y));
  }
}

BOOST_AUTO_TEST_CASE(the_slope_of_an_activation_rides_on_the_adjoint_that_computes_its_gradient) {
  const auto rides = [](const auto& net) {
    const graph::Graph g = fused(net, true);
    BOOST_TEST(count(g, Kind::relu, graph::Role::adjoint) == 0);
    BOOST_TEST(count(g, Kind::sum) == 0);
    int carriers = 0;
    for (const graph::Node& n : g.nodes) {
      if (n.removed || n.role != graph::Role::adjoint || n.epilogue < 0) continue;
      BOOST_TEST((n.op.kind == Kind::conv2d || n.op.kind == Kind::local_response_norm));
      if (g.inputs(n).back() < g.forward_nodes) ++carriers;
    }
    return carriers;
  };
  BOOST_TEST(rides(conv | cx::relu | conv) == 1);
  BOOST_TEST(rides(conv | cx::relu | cx::max_pool2d<{.kernel = 2}> | conv) == 1);
  BOOST_TEST(rides(conv | cx::relu | cx::local_response_norm<{.size = 3}> | cx::softmax) == 1);
  // On that adjoint which is computed last, behind the sum with the other.
  constexpr auto same = cx::conv2d<4, {.kernel = 3, .padding = 1}>;
  BOOST_TEST(rides(conv | cx::relu | cx::concat(same, same)) == 1);
  BOOST_TEST(rides(cx::concat(conv | cx::relu, conv | cx::relu) | same) == 1);
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
    BOOST_TEST(x.epilogue == -1);
  }
}

BOOST_AUTO_TEST_CASE(a_parameter_decides_whether_an_activation_rides_in_training) {
  BOOST_TEST(count(fused(conv | cx::leaky_relu<0.5>, true), Kind::leaky_relu) == 0);
  BOOST_TEST(count(fused(conv | cx::leaky_relu<-0.5>, true), Kind::leaky_relu) == 1);
  BOOST_TEST(count(fused(conv | cx::leaky_relu<-0.5>), Kind::leaky_relu) == 0);
  const graph::Graph g = fused(conv | cx::leaky_relu<0.5>);
  BOOST_TEST(carries<cx::LeakyReLU<0.5>>(g, g.node(g.output)));
}

BOOST_AUTO_TEST_CASE(gradients_of_one_value_add_up_where_convolutions_make_them) {
  constexpr auto part = cx::conv2d<3, {.kernel = 1}>;
  const graph::Graph g = fused(cx::concat(part, part, part), true);
  BOOST_TEST(count(g, Kind::sum) == 0);
  const graph::Node* n = &g.node(g.input_adjoint);
  for (const int operands : {1, 1, 0}) {
    BOOST_TEST((n->role == graph::Role::adjoint));
    BOOST_TEST((n->op.kind == Kind::conv2d));
    BOOST_TEST((n->epilogue >= 0) == (operands > 0));
    BOOST_REQUIRE(n->input_count == n->own_inputs + operands);
    if (operands > 0) n = &g.node(g.inputs(*n)[static_cast<std::size_t>(n->own_inputs)]);
  }
}

BOOST_AUTO_TEST_CASE(other_adjoints_carry_nothing) {
  constexpr auto part = cx::depthwise_conv2d<{.kernel = 1}>;
  const graph::Graph g = fused(cx::concat(part, part), true);
  BOOST_TEST(count(g, Kind::sum) == 1);
  for (const graph::Node& n : g.nodes) {
    if (n.role != graph::Role::forward) BOOST_TEST(n.epilogue == -1);
  }
}
