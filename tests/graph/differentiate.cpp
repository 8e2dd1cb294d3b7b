// The adjoints that small graphs get: which, how many, and what they read.
#define BOOST_TEST_MODULE graph_differentiate
#include <boost/test/unit_test.hpp>

#include "../support/user_layers.hpp"
#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;
using graph::Role;
using test::count;

namespace {

template <class Architecture>
graph::Graph differentiated(const Architecture&, bool input_gradient, cx::Shape in = test::image,
                            bool heads = false) {
  graph::Graph g = graph::build<Architecture>(in);
  graph::prune(g, cx::Mode::training, heads);
  graph::differentiate(g, input_gradient);
  return g;
}

/// The only node of a kind and role.
const graph::Node& only(const graph::Graph& g, Kind kind, Role role) {
  BOOST_REQUIRE_EQUAL(count(g, kind, role), 1);
  for (const graph::Node& n : g.nodes) {
    if (!n.removed && n.op.kind == kind && n.role == role) return n;
  }
  return g.nodes[0];
}

constexpr auto conv = cx::conv2d<4, {.kernel = 3}>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_has_one_adjoint_for_each_layer_behind_a_parameter) {
  const graph::Graph g = differentiated(conv | cx::relu | conv, false);
  BOOST_TEST(g.forward_nodes == 4);
  BOOST_TEST(count(g, Kind::conv2d, Role::parameter_adjoint) == 2);
  BOOST_TEST(count(g, Kind::conv2d, Role::adjoint) == 1);  // nobody asks for the input's gradient
  BOOST_TEST(count(g, Kind::relu, Role::adjoint) == 1);
  BOOST_TEST(count(g, Kind::input, Role::adjoint) == 1);  // dL/dy
  BOOST_TEST(g.size() == 4 + 5);
  BOOST_TEST(g.input_adjoint == -1);
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_input_is_one_adjoint_more) {
  const graph::Graph g = differentiated(conv | cx::relu | conv, true);
  BOOST_TEST(count(g, Kind::conv2d, Role::adjoint) == 2);
  BOOST_TEST(g.size() == 4 + 6);
  BOOST_TEST((g.node(g.input_adjoint).op.out == test::image));
}

BOOST_AUTO_TEST_CASE(adjoints_turn_shapes_around) {
  const graph::Graph g = differentiated(cx::flatten | cx::linear<5>, true);
  const graph::Node& linear = only(g, Kind::linear, Role::adjoint);
  BOOST_TEST((linear.op.in == cx::shape(5)));
  BOOST_TEST((linear.op.out == cx::shape(390)));
  const graph::Node& flatten = only(g, Kind::flatten, Role::adjoint);
  BOOST_TEST((flatten.op.in == cx::shape(390)));
  BOOST_TEST((flatten.op.out == test::image));
}

BOOST_AUTO_TEST_CASE(layers_without_parameters_before_the_first_parameter_need_nothing) {
  const graph::Graph g =
      differentiated(cx::relu | cx::max_pool2d<{.kernel = 2}> | conv | cx::tanh, false);
  BOOST_TEST(count(g, Kind::relu, Role::adjoint) == 0);
  BOOST_TEST(count(g, Kind::max_pool2d, Role::adjoint) == 0);
  BOOST_TEST(count(g, Kind::tanh, Role::adjoint) == 1);
}

BOOST_AUTO_TEST_CASE(a_network_without_parameters_has_nothing_to_learn) {
  const graph::Graph g = differentiated(cx::relu | cx::tanh, false);
  BOOST_TEST(g.size() == 3 + 1);  // the incoming gradient alone
}

BOOST_AUTO_TEST_CASE(activations_read_their_output_and_pools_their_input) {
  const graph::Graph g =
      differentiated(conv | cx::relu | conv | cx::max_pool2d<{.kernel = 2}>, false);
  BOOST_TEST(g.inputs(only(g, Kind::relu, Role::adjoint))[0] == 2);
  BOOST_TEST(g.inputs(only(g, Kind::max_pool2d, Role::adjoint))[0] == 3);
  const graph::Graph mean = differentiated(conv | cx::avg_pool2d<{.kernel = 2}>, false);
  BOOST_TEST(only(mean, Kind::avg_pool2d, Role::adjoint).input_count == 1);
  const graph::Graph norm = differentiated(conv | cx::lp_pool2d<2, {.kernel = 2}>, false);
  const graph::Node& of_norm = only(norm, Kind::lp_pool2d, Role::adjoint);
  BOOST_REQUIRE(of_norm.input_count == 3);  // x, y and dy
  BOOST_TEST(norm.inputs(of_norm)[0] == 1);
  BOOST_TEST(norm.inputs(of_norm)[1] == 2);
}

BOOST_AUTO_TEST_CASE(slopes_are_applied_behind_a_pool_of_maxima) {
  const auto check = [](const auto& pool, Kind kind) {
    const graph::Graph g = differentiated(conv | cx::sigmoid | pool, false);
    const graph::Node& slope = only(g, Kind::sigmoid, Role::adjoint);
    BOOST_TEST(g.inputs(slope)[0] == 3);  // the pool's output
    BOOST_TEST((slope.op.out == g.node(3).op.out));
    const graph::Node& of_pool = only(g, kind, Role::adjoint);
    BOOST_TEST(g.inputs(of_pool)[0] == 2);
    BOOST_TEST(&g.node(g.inputs(of_pool)[1]) == &slope);
    BOOST_TEST(&g.node(g.inputs(only(g, Kind::conv2d, Role::parameter_adjoint))[1]) == &of_pool);
  };
  check(cx::max_pool2d<{.kernel = 3, .stride = 2}>, Kind::max_pool2d);
  check(cx::global_max_pool2d, Kind::global_max_pool2d);
  check(cx::adaptive_max_pool2d<2, 2>, Kind::adaptive_max_pool2d);
}

BOOST_AUTO_TEST_CASE(slopes_of_a_concat_of_one_function_are_applied_to_the_whole) {
  constexpr auto pooled =
      conv | cx::relu | cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>;
  const graph::Graph g = differentiated(
      conv | cx::concat(conv | cx::relu, pooled, cx::concat(conv | cx::relu, conv | cx::relu)),
      false);
  const graph::Node& slope = only(g, Kind::relu, Role::adjoint);
  BOOST_TEST(g.inputs(slope)[0] == g.output);
  BOOST_TEST(slope.op.out.channels == 16);
  BOOST_TEST(g.riders.size() == 3U);  // the other three layers
}

BOOST_AUTO_TEST_CASE(slopes_stay_where_somebody_else_reads_or_functions_differ) {
  const auto slopes_of = [](const auto& net, Kind kind) {
    return count(differentiated(net, false), kind, Role::adjoint);
  };
  constexpr auto pool = cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>;
  const auto two = cx::concat(conv | cx::relu, conv | cx::tanh);
  BOOST_TEST(slopes_of(two, Kind::relu) == 1);
  BOOST_TEST(slopes_of(two, Kind::tanh) == 1);
  const graph::Graph read_twice = differentiated(conv | cx::relu | cx::residual(pool), false);
  BOOST_TEST(read_twice.inputs(only(read_twice, Kind::relu, Role::adjoint))[0] == 2);
  const graph::Graph by_input = differentiated(conv | cx::silu | pool, false);
  BOOST_TEST(by_input.inputs(only(by_input, Kind::silu, Role::adjoint))[0] == 1);
  const graph::Graph mean = differentiated(conv | cx::relu | cx::avg_pool2d<{.kernel = 2}>, false);
  BOOST_TEST(mean.inputs(only(mean, Kind::relu, Role::adjoint))[0] == 2);
}

BOOST_AUTO_TEST_CASE(an_activation_whose_output_does_not_tell_its_slope_reads_its_input) {
  const auto read = [](const auto& activation, Kind kind) {
    const graph::Graph g = differentiated(conv | activation, false);
    return g.inputs(only(g, kind, Role::adjoint))[0];
  };
  const int x = 1;
  const int y = 2;
  BOOST_TEST(read(cx::gelu, Kind::gelu) == x);
  BOOST_TEST(read(cx::silu, Kind::silu) == x);
  BOOST_TEST(read(cx::mish, Kind::mish) == x);
  BOOST_TEST(read(cx::hard_swish, Kind::hard_swish) == x);
  BOOST_TEST(read(cx::leaky_relu<-0.5>, Kind::leaky_relu) == x);
  BOOST_TEST(read(cx::elu<-1>, Kind::elu) == x);
  BOOST_TEST(read(cx::leaky_relu<0>, Kind::leaky_relu) == y);
  BOOST_TEST(read(cx::elu<0>, Kind::elu) == y);
  BOOST_TEST(read(cx::selu, Kind::selu) == y);
  BOOST_TEST(read(cx::softplus, Kind::softplus) == y);
  BOOST_TEST(read(cx::softsign, Kind::softsign) == x);
  BOOST_TEST(read(cx::hard_sigmoid, Kind::hard_sigmoid) == y);
  BOOST_TEST(read(cx::relu6, Kind::relu6) == y);
}

BOOST_AUTO_TEST_CASE(a_value_with_two_readers_adds_what_they_send) {
  const graph::Graph g = differentiated(conv | cx::residual(cx::tanh), false);
  BOOST_TEST(count(g, Kind::sum) == 2);  // the residual's own, and that of its gradients
  BOOST_TEST((g.nodes.back().role == Role::parameter_adjoint));
  const int dy = g.inputs(g.nodes.back())[1];
  BOOST_TEST((g.node(dy).op.kind == Kind::sum));
  BOOST_TEST(g.node(dy).input_count == 2);
}

BOOST_AUTO_TEST_CASE(a_sum_hands_its_gradient_on_as_it_is) {
  const graph::Graph g = differentiated(cx::sum(conv, conv), false);
  BOOST_TEST(count(g, Kind::conv2d, Role::parameter_adjoint) == 2);
  BOOST_TEST(count(g, Kind::sum, Role::adjoint) == 0);
  for (const graph::Node& n : g.nodes) {
    if (n.role == Role::parameter_adjoint) BOOST_TEST(g.inputs(n)[1] == g.output_adjoint);
  }
}

BOOST_AUTO_TEST_CASE(each_part_of_a_concat_gets_its_channels) {
  const graph::Graph g = differentiated(
      cx::concat(cx::conv2d<4, {.kernel = 1}>, cx::identity, cx::conv2d<6, {.kernel = 1}>), false);
  BOOST_TEST(count(g, Kind::concat, Role::adjoint) == 2);  // the input in the middle needs none
  std::vector<int> first;
  for (const graph::Node& n : g.nodes) {
    if (n.op.kind == Kind::concat && n.role == Role::adjoint) first.push_back(n.first_channel);
  }
  BOOST_TEST(first[0] == 0);
  BOOST_TEST(first[1] == 4 + 3);
}

BOOST_AUTO_TEST_CASE(normalisations_have_one_adjoint_for_input_and_parameters) {
  const auto check = [](const auto& layer, Kind kind) {
    const graph::Graph g = differentiated(layer, false);
    BOOST_TEST(count(g, kind, Role::adjoint) == 1);
    BOOST_TEST(count(g, kind, Role::parameter_adjoint) == 0);
    BOOST_TEST(g.inputs(only(g, kind, Role::adjoint))[0] == 0);
  };
  check(cx::batch_norm2d<>, Kind::batch_norm2d);
  check(cx::layer_norm<>, Kind::layer_norm);
  check(cx::group_norm<3>, Kind::group_norm);
  check(cx::instance_norm2d<{.affine = true}>, Kind::instance_norm2d);
}

BOOST_AUTO_TEST_CASE(a_function_with_parameters_gives_their_gradient_with_that_of_its_input) {
  const graph::Graph g = differentiated(conv | cx::prelu, false);
  const graph::Node& adjoint = only(g, Kind::prelu, Role::adjoint);
  BOOST_TEST(adjoint.gradient_uses == 1);
  BOOST_TEST(adjoint.use_count == 2);  // what it reads, and what it gives
  BOOST_TEST(g.formula(adjoint.formula).result_count == 2);
  const graph::Graph first = differentiated(cx::prelu, false);
  BOOST_TEST(count(first, Kind::prelu, Role::adjoint) == 0);
  BOOST_TEST(count(first, Kind::prelu, Role::parameter_adjoint) == 1);
}

BOOST_AUTO_TEST_CASE(a_function_of_branches_gives_each_its_gradient_in_one_step) {
  const auto product = [](auto a, auto b) { return a * b; };
  const graph::Graph g = differentiated(cx::zip<product>(conv, conv), false);
  BOOST_TEST(count(g, Kind::elementwise, Role::adjoint) == 1);
  BOOST_TEST(count(g, Kind::result, Role::adjoint) == 1);
  const auto sum = [](auto a, auto b) { return cx::max(a + b, 0.0F); };
  const graph::Graph same = differentiated(cx::zip<sum>(conv, conv), false);
  BOOST_TEST(count(same, Kind::elementwise, Role::adjoint) == 1);
  BOOST_TEST(count(same, Kind::result, Role::adjoint) == 0);  // both get the same
  const auto itself = [](auto a, auto) { return a; };
  const graph::Graph none = differentiated(cx::zip<itself>(conv, conv), false);
  BOOST_TEST(count(none, Kind::elementwise, Role::adjoint) == 0);  // dy as it is, and nothing
  BOOST_TEST(count(none, Kind::conv2d, Role::parameter_adjoint) == 1);
}

BOOST_AUTO_TEST_CASE(a_users_layer_reads_its_input_again_unless_its_vjp_does_without) {
  const graph::Graph learned = differentiated(conv | user::gate, false);
  BOOST_TEST(only(learned, Kind::user, Role::adjoint).input_count == 2);
  BOOST_TEST(learned.inputs(only(learned, Kind::user, Role::adjoint))[0] == 1);
  const graph::Graph linear = differentiated(conv | user::pixel_shuffle<2>, false);
  BOOST_TEST(only(linear, Kind::user, Role::adjoint).input_count == 1);
  BOOST_TEST(linear.inputs(only(linear, Kind::user, Role::adjoint))[0] == linear.output_adjoint);
}

BOOST_AUTO_TEST_CASE(a_normalisation_that_learns_nothing_before_the_first_parameter_has_none) {
  const graph::Graph g = differentiated(cx::instance_norm2d<> | conv, false);
  BOOST_TEST(count(g, Kind::instance_norm2d, Role::adjoint) == 0);
}

BOOST_AUTO_TEST_CASE(a_tapped_value_gets_what_all_its_readers_send) {
  const graph::Graph g = differentiated(
      conv | cx::tap<"x"> | cx::tanh | cx::concat_with<"x"> | conv | cx::relu, false);
  BOOST_TEST(count(g, Kind::concat, Role::adjoint) == 2);
  const int dy = g.inputs(g.nodes.back())[1];
  BOOST_TEST((g.node(dy).op.kind == Kind::sum));
  BOOST_TEST(g.node(dy).input_count == 2);
}

BOOST_AUTO_TEST_CASE(every_use_of_a_shared_layer_gives_a_gradient) {
  constexpr auto layer = cx::shared<"layer">(cx::conv2d<3, {.kernel = 1}>);
  const graph::Graph g = differentiated(cx::relu | layer | cx::relu | layer, false);
  BOOST_TEST(count(g, Kind::conv2d, Role::parameter_adjoint) == 2);
  BOOST_TEST(count(g, Kind::conv2d, Role::adjoint) == 1);
  for (const graph::Node& n : g.nodes) {
    if (n.op.kind == Kind::conv2d) BOOST_TEST(n.owner == 2);
  }
}

BOOST_AUTO_TEST_CASE(each_head_has_an_incoming_gradient) {
  const auto chain =
      conv | cx::head<"a">(cx::tanh | conv) | cx::head<"b">(cx::identity) | cx::relu | conv;
  const graph::Graph g = differentiated(chain, false, test::image, true);
  BOOST_TEST(count(g, Kind::input, Role::adjoint) == 3);
  BOOST_TEST(count(g, Kind::conv2d, Role::parameter_adjoint) == 3);
  BOOST_TEST((g.node(g.heads[0].adjoint).op.out == g.node(g.heads[0].node).op.out));
  const int dy = g.inputs(g.nodes.back())[1];
  BOOST_TEST(g.node(dy).input_count == 3);  // the tanh, the other head, the relu
  const graph::Graph without = differentiated(chain, false);
  BOOST_TEST(count(without, Kind::input, Role::adjoint) == 1);
  BOOST_TEST(count(without, Kind::conv2d, Role::parameter_adjoint) == 2);
}
