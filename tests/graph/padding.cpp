// Which borders become nodes, which are taken in by the convolution behind them, and what stays as
// the user wrote it.
#define BOOST_TEST_MODULE graph_padding
#include <boost/test/unit_test.hpp>
#include <convexpr/graph/facts.hpp>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;
using cx::PaddingMode;
using graph::Role;
using test::count;

namespace {

constexpr int lanes = 8;

template <class Architecture>
graph::Graph built(const Architecture&, cx::Shape in = test::image) {
  return graph::build_for<Architecture>(in, lanes);
}

template <class Architecture>
graph::Graph padded(const Architecture& architecture, cx::Shape in = test::image) {
  graph::Graph g = built(architecture, in);
  graph::separate_padding(g);
  graph::absorb_padding(g);
  return g;
}

template <class Architecture>
graph::PlanDraft inference(const Architecture&, cx::Shape in = test::image) {
  return graph::lower<Architecture>(in, {.lanes = lanes});
}

template <PaddingMode Mode>
constexpr auto conv =
    cx::conv2d<4, {.kernel = {3, 2}, .stride = 2, .padding = {1, 0, 2, 1}, .padding_mode = Mode}>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_made_border_stands_before_its_convolution) {
  const graph::Graph g = padded(cx::relu | conv<PaddingMode::reflect> | cx::tanh);
  BOOST_TEST(g.size() == 5);
  const graph::Node& pad = g.node(2);
  const graph::Node& c = g.node(3);
  BOOST_TEST((pad.op.kind == Kind::pad2d));
  BOOST_TEST((pad.op.padding_mode == PaddingMode::reflect));
  BOOST_TEST((pad.op.window.padding == cx::Padding(1, 0, 2, 1)));
  BOOST_TEST((pad.op.out == cx::shape(3, 16, 11)));
  BOOST_TEST((c.op.window.padding == cx::Padding{}));
  BOOST_TEST((c.op.in == pad.op.out));
  BOOST_TEST((c.op.out == cx::shape(4, 7, 5)));
  BOOST_TEST(g.inputs(pad)[0] == 1);
  BOOST_TEST(g.inputs(c)[0] == 2);
  BOOST_TEST(g.inputs(g.node(4))[0] == 3);
  BOOST_TEST(g.output == 4);
  BOOST_TEST(c.layer == 2);  // as its parameters know it
  BOOST_TEST(g.parameters[0].layer == 2);
  BOOST_TEST(pad.layer == -1);
  BOOST_TEST(g.scopes[2].output == 3);
}

BOOST_AUTO_TEST_CASE(zeros_and_paddings_of_nothing_need_no_node) {
  BOOST_TEST(count(padded(conv<PaddingMode::zeros>), Kind::pad2d) == 0);
  const auto flush = cx::conv2d<4, {.kernel = 3, .padding_mode = PaddingMode::mean}>;
  BOOST_TEST(count(padded(flush), Kind::pad2d) == 0);
  BOOST_TEST(inference(cx::pad2d<{.padding = 0}> | cx::relu).steps.size() == 1U);
}

BOOST_AUTO_TEST_CASE(sequences_have_borders_too) {
  const auto layer =
      cx::conv1d<4, {.kernel = 3, .padding = {2, 1}, .padding_mode = PaddingMode::circular}>;
  const graph::Graph g = padded(layer, cx::shape(3, 13));
  BOOST_TEST((g.node(1).op.out == cx::shape(3, 16)));
  BOOST_TEST((g.node(2).op.out == cx::shape(4, 14)));
}

BOOST_AUTO_TEST_CASE(facts_know_one_layer_with_its_padding_counted_once) {
  const graph::Graph g = built(conv<PaddingMode::circular> | conv<PaddingMode::mean>);
  BOOST_TEST(graph::layer_count(g) == 2U);
  const cx::ReceptiveField f = graph::receptive_field(g);
  BOOST_TEST(
      (f == graph::receptive_field(built(conv<PaddingMode::zeros> | conv<PaddingMode::zeros>))));
  BOOST_TEST((f.offset == cx::Extent2(-3, 0)));
  const cx::ReceptiveField apart = graph::receptive_field(
      built(cx::pad2d<{.padding = {1, 0, 2, 1}}> | cx::conv2d<4, {.kernel = {3, 2}, .stride = 2}>));
  BOOST_TEST((apart == graph::receptive_field(built(conv<PaddingMode::zeros>))));
}

BOOST_AUTO_TEST_CASE(a_first_convolution_behind_a_border_reads_blocks) {
  BOOST_TEST(built(conv<PaddingMode::zeros>).node(1).interleave == 1);
  BOOST_TEST(built(conv<PaddingMode::replicate>).node(1).interleave == 0);
  BOOST_TEST(inference(conv<PaddingMode::zeros>).input.interleave == 1);
  const graph::PlanDraft plan = inference(conv<PaddingMode::replicate>);
  BOOST_TEST(plan.input.interleave == lanes);
  BOOST_TEST(plan.steps.size() == 2U);
  BOOST_TEST(plan.steps[1].interleave == lanes);
}

BOOST_AUTO_TEST_CASE(zeros_are_read_around_the_image_by_the_convolution_behind_them) {
  const auto chain = cx::relu | cx::pad2d<{.padding = {0, 3, 1, 0}}> | conv<PaddingMode::zeros>;
  const graph::PlanDraft plan = inference(chain);
  BOOST_TEST(plan.steps.size() == 2U);
  BOOST_TEST((plan.steps[1].op.window.padding == cx::Padding(1, 3, 3, 1)));
  BOOST_TEST((plan.operands[static_cast<std::size_t>(plan.steps[0].output)].border ==
              cx::Padding(1, 3, 3, 1)));
}

BOOST_AUTO_TEST_CASE(a_padded_image_stays_where_another_reads_it) {
  const auto pad = cx::pad2d<{.padding = 1}>;
  BOOST_TEST(count(padded(pad | cx::conv2d<4, {.kernel = 3}>), Kind::pad2d) == 0);
  BOOST_TEST(count(padded(pad | cx::max_pool2d<{.kernel = 3}>), Kind::pad2d) == 1);
  const auto twice = pad | cx::concat(cx::conv2d<4, {.kernel = 1}>, cx::conv2d<4, {.kernel = 1}>);
  BOOST_TEST(count(padded(twice), Kind::pad2d) == 1);
  BOOST_TEST(count(padded(pad | conv<PaddingMode::reflect>), Kind::pad2d) == 2);
  const auto mean = cx::pad2d<{.padding = 1, .padding_mode = PaddingMode::mean}>;
  BOOST_TEST(count(padded(mean | cx::conv2d<4, {.kernel = 3}>), Kind::pad2d) == 1);
}

BOOST_AUTO_TEST_CASE(a_border_has_an_adjoint_where_its_input_has_a_gradient) {
  const auto two = conv<PaddingMode::mean> | cx::relu | conv<PaddingMode::reflect>;
  for (const bool input_gradient : {false, true}) {
    graph::Graph g = padded(two);
    graph::differentiate(g, input_gradient);
    BOOST_TEST(count(g, Kind::pad2d, Role::adjoint) == (input_gradient ? 2 : 1));
    BOOST_TEST(count(g, Kind::conv2d, Role::adjoint) == (input_gradient ? 2 : 1));
    BOOST_TEST(count(g, Kind::conv2d, Role::parameter_adjoint) == 2);
  }
}
