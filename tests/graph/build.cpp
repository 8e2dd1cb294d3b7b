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

BOOST_AUTO_TEST_CASE(taps_have_a_position_and_are_read_by_number) {
  const graph::Graph g =
      built(cx::relu | cx::tap<"x"> | cx::named<"a">(cx::tanh | cx::concat_with<"x">) |
            cx::conv2d<3, {.kernel = 1}> | cx::sum_with<"x">);
  BOOST_TEST(paths(g) == "0 1 a.0 a.1 3 4");
  BOOST_TEST((g.node(4).op.kind == Kind::concat));
  BOOST_TEST(cx::name(g.node(4).op) == "ConcatWith");
  BOOST_TEST(g.inputs(g.node(4))[0] == 3);  // the chain's value first
  BOOST_TEST(g.inputs(g.node(4))[1] == 2);
  BOOST_TEST((g.node(6).op.kind == Kind::sum));
  BOOST_TEST(g.inputs(g.node(6))[1] == 2);
}

BOOST_AUTO_TEST_CASE(a_crop_leaves_the_odd_row_out_at_the_bottom) {
  const graph::Graph g =
      built(cx::tap<"x"> | cx::conv2d<2, {.kernel = {4, 3}}> |
            cx::concat_with<"x", {.crop = true}> | cx::sum_with<"y", {.crop = true}>);
  BOOST_TEST(g.refusal.happened());
  const graph::Graph fits = built(cx::tap<"x"> | cx::conv2d<2, {.kernel = {4, 3}}> |
                                  cx::concat_with<"x", {.crop = true}> | cx::tap<"y"> |
                                  cx::sum_with<"y", {.crop = true}>);
  BOOST_TEST((fits.node(3).op.kind == Kind::crop2d));
  BOOST_TEST((fits.node(3).op.out == cx::shape(3, 10, 8)));
  BOOST_TEST((fits.node(3).op.window.padding == cx::Padding(-1, -1, -2, -1)));
  BOOST_TEST((fits.node(6).op.kind == Kind::identity));  // nothing to leave out
  BOOST_TEST(paths(fits) == "0 1 2 2 3 4 4");
}

BOOST_AUTO_TEST_CASE(uses_of_a_shared_block_have_nodes_of_their_own_and_one_owner) {
  constexpr auto inner = cx::shared<"inner">(cx::conv2d<3, {.kernel = 1}>);
  constexpr auto block = cx::shared<"block">(cx::batch_norm2d<> | inner);
  const graph::Graph g = built(inner | cx::named<"a">(block) | cx::relu | block | inner);
  BOOST_TEST(!g.refusal.happened());
  BOOST_TEST(paths(g) == "inner a.block.0 a.block.inner 2 block.0 block.inner inner");
  const int owners[] = {0, 1, 2, 1, 4, 2, 1, 1};
  for (int i = 0; i < g.size(); ++i) {
    BOOST_TEST(g.node(i).layer == i);
    BOOST_TEST(g.node(i).owner == owners[i]);
  }
  BOOST_TEST(g.parameters.size() == 2U + 4U);
}

BOOST_AUTO_TEST_CASE(a_head_is_a_branch_with_a_name) {
  const graph::Graph g =
      built(cx::relu | cx::head<"aux">(cx::tanh | cx::sigmoid) |
            cx::named<"a">(cx::head<"end">(cx::identity)) | cx::conv2d<2, {.kernel = 1}>);
  BOOST_TEST(paths(g) == "0 aux.0 aux.1 a.end 3");
  BOOST_TEST(g.heads.size() == 2U);
  BOOST_TEST(g.heads[0].name == "aux");
  BOOST_TEST(g.heads[0].node == 3);
  BOOST_TEST(g.heads[1].node == 4);
  BOOST_TEST(g.inputs(g.node(5))[0] == 1);  // the chain's value passes on
}

BOOST_AUTO_TEST_CASE(a_path_that_would_be_cut_is_refused) {
  constexpr auto deep = [](auto block) {
    return cx::named<"a_name_of_thirty_six_characters_____">(block);
  };
  BOOST_TEST(!built(deep(deep(cx::relu))).refusal.happened());
  BOOST_TEST(built(deep(deep(deep(cx::relu)))).refusal.fact.view() ==
             "named: the path is too long");
}

BOOST_AUTO_TEST_CASE(every_node_reads_earlier_ones) {
  for (const graph::Graph& g :
       {built(test::plain), built(test::mixed_twice), built(test::nested), built(test::skips),
        built(test::tapped<4, 3>), built(test::headed)}) {
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
