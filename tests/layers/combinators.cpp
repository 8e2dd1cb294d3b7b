// Architectures that have met their input: shapes of blocks, costs and tables, as users ask for
// them.
#define BOOST_TEST_MODULE layers_combinators
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;
using cx::shape;

// The inception block of Szegedy et al., "Going deeper with convolutions", 2015.
template <int C1, int R3, int C3, int R5, int C5, int P>
inline constexpr auto inception =
    cx::concat(cx::conv2d<C1, {.kernel = 1}> | cx::relu,
               cx::conv2d<R3, {.kernel = 1}> | cx::relu |
                   cx::conv2d<C3, {.kernel = 3, .padding = 1}> | cx::relu,
               cx::conv2d<R5, {.kernel = 1}> | cx::relu |
                   cx::conv2d<C5, {.kernel = 5, .padding = 2}> | cx::relu,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> |
                   cx::conv2d<P, {.kernel = 1}> | cx::relu);

// The table of the paper says 159K (of 1024) parameters, which leaves out 368 biases, and 128M
// multiply-accumulates.
using Block = cx::Network<decltype(inception<64, 96, 128, 16, 32, 32>), cx::Input<192, 28, 28>>;
static_assert(Block::input_shape == shape(192, 28, 28));
static_assert(Block::output_shape == shape(256, 28, 28));
static_assert(Block::parameter_count == 163'696);
static_assert(Block::macs == 128'049'152);
static_assert(Block::receptive_field.size == cx::Extent2(5));
static_assert(Block::receptive_field.offset == cx::Extent2(-2));
static_assert(Block::plan.copies == 0);

constexpr auto architecture =
    cx::named<"stem">(cx::conv2d<6, {.kernel = {3, 2}, .stride = {2, 1}}> | cx::relu) |
    cx::named<"body">(
        cx::repeat<2>(cx::residual(cx::named<"wide">(cx::conv2d<6, {.kernel = 3, .padding = 1}>))) |
        cx::named<"mix">(cx::concat(cx::identity, cx::tanh))) |
    cx::global_avg_pool2d | cx::flatten | cx::named<"classes">(cx::linear<4> | cx::softmax);

using Net = cx::Network<decltype(architecture), cx::Input<3, 11, 8>>;
static_assert(Net::shape_at<"stem"> == shape(6, 5, 7));
static_assert(Net::shape_at<"stem.0"> == shape(6, 5, 7));
static_assert(Net::shape_at<"body"> == shape(12, 5, 7));
static_assert(Net::shape_at<"body.0.1.wide"> == Net::shape_at<"stem">);
static_assert(Net::shape_at<"body.mix"> == shape(12, 5, 7));
static_assert(Net::shape_at<"classes"> == shape(4));
static_assert(Net::output_shape == shape(4));
static_assert(Net::parameter_count == 6 * 3 * 3 * 2 + 6 + 2 * (6 * 6 * 9 + 6) + 4 * 12 + 4);

// The type of a chain is const; with and without, the network has the same facts.
using Bare = cx::Network<std::remove_const_t<decltype(architecture)>, cx::Input<3, 11, 8>>;
static_assert(!std::same_as<Net, Bare>);
static_assert(&Net::layers == &Bare::layers, "nothing is computed twice");

// Inputs of every rank.
static_assert(cx::Network<cx::Linear<3>, cx::Input<5>>::output_shape == shape(3));
static_assert(cx::Network<decltype(cx::flatten | cx::linear<3>), cx::Input<5, 2>>::output_shape ==
              shape(3));
static_assert(cx::Network<cx::Sequential<>, cx::Input<2, 3, 5>>::output_shape == shape(2, 3, 5));

BOOST_AUTO_TEST_CASE(the_table_of_layers_adds_up) {
  long long parameters = 0;
  long long macs = 0;
  for (const cx::LayerRow& row : Net::layers) {
    parameters += row.parameter_count;
    macs += row.macs;
  }
  BOOST_TEST(parameters == Net::parameter_count);
  BOOST_TEST(macs == Net::macs);
  BOOST_TEST(Net::layers.front().path.view() == "stem.0");
  BOOST_TEST(Net::layers.back().path.view() == "classes.1");
  BOOST_TEST(Net::layers.back().kind == "Softmax");
  BOOST_TEST((Net::layers.back().output_shape == Net::output_shape));
}

BOOST_AUTO_TEST_CASE(paths_go_through_repeats_residuals_and_names) {
  BOOST_TEST(Net::layers[2].path.view() == "body.0.0.wide");
}
