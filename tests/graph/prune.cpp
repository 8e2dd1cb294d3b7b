// What does nothing is pruned, and what does something stays.
#define BOOST_TEST_MODULE graph_prune
#include <boost/test/unit_test.hpp>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;
using cx::Mode;
using test::count;

namespace {

template <class Architecture>
graph::Graph pruned(const Architecture&, Mode mode, cx::Shape in = test::image,
                    bool heads = false) {
  graph::Graph g = graph::build<Architecture>(in);
  graph::prune(g, mode, heads);
  return g;
}

}  // namespace

BOOST_AUTO_TEST_CASE(dropout_stays_in_training_alone) {
  const auto chain = cx::relu | cx::dropout<0.5> | cx::tanh;
  BOOST_TEST(count(pruned(chain, Mode::training), Kind::dropout) == 1);
  const graph::Graph g = pruned(chain, Mode::inference);
  BOOST_TEST(count(g, Kind::dropout) == 0);
  BOOST_TEST(g.inputs(g.node(3))[0] == 1);  // tanh reads relu
  BOOST_TEST(g.output == 3);
}

BOOST_AUTO_TEST_CASE(dropout_that_drops_nothing_goes_in_training_too) {
  BOOST_TEST(count(pruned(cx::dropout<0.0> | cx::relu, Mode::training), Kind::dropout) == 0);
}

BOOST_AUTO_TEST_CASE(flatten_goes_where_there_is_one_pixel) {
  const auto head = cx::global_avg_pool2d | cx::flatten | cx::linear<3>;
  BOOST_TEST(count(pruned(head, Mode::inference), Kind::flatten) == 0);
  BOOST_TEST(count(pruned(cx::flatten | cx::linear<3>, Mode::inference), Kind::flatten) == 1);
  BOOST_TEST(count(pruned(cx::flatten, Mode::inference, cx::shape(5, 1, 2)), Kind::flatten) == 1);
}

BOOST_AUTO_TEST_CASE(flatten_stays_where_a_gradient_of_one_pixel_has_a_border) {
  const auto flat = [](const auto& layer, cx::Shape in) {
    return count(pruned(layer | cx::flatten, Mode::training, in), Kind::flatten);
  };
  BOOST_TEST(flat(cx::depthwise_conv2d<{.kernel = 1}>, cx::shape(5, 1, 1)) == 0);
  BOOST_TEST(flat(cx::depthwise_conv2d<{.kernel = {3, 2}}>, cx::shape(5, 3, 2)) == 1);
  BOOST_TEST(flat(cx::filter2d<cx::box<2>>, cx::shape(5, 2, 2)) == 1);
  BOOST_TEST(flat(cx::conv_transpose2d<4, {.kernel = 1}>, cx::shape(5, 1, 1)) == 0);
  BOOST_TEST(flat(cx::conv_transpose2d<4, {.kernel = 3, .padding = 1}>, cx::shape(5, 1, 1)) == 1);
}

BOOST_AUTO_TEST_CASE(a_run_of_idle_layers_goes_as_one) {
  const auto chain = cx::relu | cx::identity | cx::dropout<> | cx::identity;
  const graph::Graph g = pruned(cx::named<"idle">(chain), Mode::inference);
  BOOST_TEST(count(g) == 2);
  BOOST_TEST(g.output == 1);
  BOOST_TEST(g.scopes[1].output == 1);  // the block is still found
}

BOOST_AUTO_TEST_CASE(a_network_of_nothing_gives_its_input) {
  const graph::Graph g = pruned(cx::identity | cx::dropout<>, Mode::inference);
  BOOST_TEST(count(g) == 1);
  BOOST_TEST(g.output == 0);
}

BOOST_AUTO_TEST_CASE(taps_go_and_what_they_held_is_read) {
  const graph::Graph g =
      pruned(cx::relu | cx::tap<"x"> | cx::tanh | cx::concat_with<"x">, Mode::training);
  BOOST_TEST(count(g, Kind::identity) == 0);
  BOOST_TEST(g.inputs(g.node(4))[1] == 1);
}

BOOST_AUTO_TEST_CASE(heads_go_with_all_that_only_they_need) {
  const auto chain = cx::relu | cx::head<"a">(cx::tanh | cx::tap<"x"> | cx::sigmoid | cx::flatten) |
                     cx::head<"b">(cx::identity | cx::flatten) | cx::sum_with<"x">;
  const graph::Graph g = pruned(chain, Mode::training);
  BOOST_TEST(count(g) == 4);  // input, relu, tanh for the tap, sum
  BOOST_TEST(count(g, Kind::tanh) == 1);
  BOOST_TEST(g.heads.empty());
  const graph::Graph kept = pruned(chain, Mode::inference, test::image, true);
  BOOST_TEST(count(kept, Kind::sigmoid) == 1);
  BOOST_TEST(count(kept, Kind::flatten) == 2);
  BOOST_TEST(kept.heads.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_head_may_stand_on_what_is_pruned) {
  const graph::Graph g = pruned(cx::relu | cx::head<"a">(cx::identity) | cx::identity,
                                Mode::training, test::image, true);
  BOOST_TEST(g.heads[0].node == 1);
  BOOST_TEST(g.output == 1);
}
