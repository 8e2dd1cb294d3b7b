// From types to nodes, scopes and paths.
#define BOOST_TEST_MODULE graph_build
#include <boost/test/unit_test.hpp>
#include <string>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;

namespace {

/// Paths of all nodes but the input, in order.
std::string paths(const graph::Graph& g) {
  std::string out;
  for (int i = 1; i < g.size(); ++i) {
    if (i > 1) out += " ";
    out += graph::path(g.scopes, g.node(i).scope).view();
  }
  return out;
}

template <class Architecture>
graph::Graph built(const Architecture&, cx::Shape in = test::image) {
  return graph::build<Architecture>(in);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_is_numbered_by_position) {
  BOOST_TEST(paths(built(cx::relu | cx::tanh | cx::sigmoid)) == "0 1 2");
}

BOOST_AUTO_TEST_CASE(a_single_layer_has_no_path) {
  const graph::Graph g = built(cx::conv2d<2, {.kernel = 1}>);
  BOOST_TEST(paths(g).empty());
  BOOST_TEST(g.parameters.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_name_takes_the_place_of_a_position) {
  const auto block = cx::conv2d<2, {.kernel = 1}> | cx::relu;
  BOOST_TEST(paths(built(cx::tanh | cx::named<"stem">(block) | cx::relu)) == "0 stem.0 stem.1 2");
  BOOST_TEST(paths(built(cx::named<"outer">(cx::named<"inner">(cx::relu)))) == "outer.inner");
  BOOST_TEST(paths(built(cx::named<"a">(cx::relu) | cx::named<"b">(cx::relu))) == "a b");
}

BOOST_AUTO_TEST_CASE(one_name_may_stand_in_two_blocks) {
  const auto block = cx::named<"act">(cx::relu);
  BOOST_TEST(paths(built(cx::named<"a">(block) | cx::named<"b">(block))) == "a.act b.act");
  BOOST_TEST(paths(built(cx::repeat<2>(block))) == "0.act 1.act");
}

BOOST_AUTO_TEST_CASE(branches_are_positions_and_come_before_their_join) {
  BOOST_TEST(paths(built(cx::relu | cx::concat(cx::relu, cx::tanh | cx::relu))) ==
             "0 1.0 1.1.0 1.1.1 1");
  BOOST_TEST(paths(built(cx::sum(cx::relu, cx::named<"side">(cx::tanh)))) == "0 side ");
}

BOOST_AUTO_TEST_CASE(body_and_shortcut_are_positions_0_and_1) {
  BOOST_TEST(paths(built(cx::named<"layer1">(cx::residual(cx::relu | cx::tanh)))) ==
             "layer1.0.0 layer1.0.1 layer1.1 layer1");
}

BOOST_AUTO_TEST_CASE(each_copy_of_a_repeated_block_has_its_own_parameters) {
  const graph::Graph g =
      built(cx::named<"body">(cx::repeat<3>(cx::conv2d<3, {.kernel = 1}> | cx::relu)));
  BOOST_TEST(paths(g) == "body.0.0 body.0.1 body.1.0 body.1.1 body.2.0 body.2.1");
  BOOST_TEST(g.parameters.size() == 6U);
  BOOST_TEST(g.parameters[4].layer == 5);
}

BOOST_AUTO_TEST_CASE(every_node_reads_earlier_ones) {
  for (const graph::Graph& g :
       {built(test::plain), built(test::mixed_twice), built(test::nested), built(test::skips)}) {
    BOOST_TEST(!g.refusal.happened());
    for (int i = 1; i < g.size(); ++i) {
      BOOST_TEST(g.node(i).layer == i);
      BOOST_TEST(!g.inputs(g.node(i)).empty());
      for (const int x : g.inputs(g.node(i))) BOOST_TEST(x < i);
    }
  }
}

BOOST_AUTO_TEST_CASE(concat_adds_channels_and_sum_keeps_the_shape) {
  const graph::Graph joined = built(test::mixed<8, 16, 5>);
  BOOST_TEST((joined.node(joined.output).op.out == cx::shape(29, 13, 10)));
  const graph::Graph added = built(cx::sum(cx::relu, cx::tanh, cx::identity));
  BOOST_TEST((added.node(added.output).op.out == test::image));
  BOOST_TEST(added.node(added.output).input_count == 3);
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_first_layer_that_does_not_fit) {
  const auto wrong = cx::conv2d<8, {.kernel = 20}>;
  const graph::Graph g =
      built(cx::named<"good">(cx::relu) | cx::named<"bad">(cx::relu | wrong) | cx::linear<10>);
  BOOST_TEST(g.refusal.happened());
  BOOST_TEST(g.refusal.where.view() == "bad.1");
  BOOST_TEST(g.refusal.fact.view() == "conv2d: the kernel is larger than the padded input");
  BOOST_TEST(g.size() == 1);  // the input alone, so that nothing after it can go wrong
  BOOST_TEST(g.output == 0);
}

BOOST_AUTO_TEST_CASE(const_types_are_layers_too) {
  using Plain = cx::Sequential<cx::ReLU, cx::Tanh>;
  using Const = const cx::Sequential<const cx::ReLU, cx::Tanh>;
  BOOST_TEST(paths(graph::build<Const>(test::image)) == paths(graph::build<Plain>(test::image)));
}
