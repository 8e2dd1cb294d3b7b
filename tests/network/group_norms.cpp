// Normalisation of each example for itself: over all of it, over groups of channels, over channels.
#define BOOST_TEST_MODULE group_norms
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(over_all_of_an_example) {
  check<cx::Input<17, 5, 3>>(cx::layer_norm<>);
  check<cx::Input<3, 4, 7>>(cx::layer_norm<{.affine = false}> | cx::layer_norm<{.epsilon = 0.1F}>);
  check<cx::Input<17, 9>>(cx::layer_norm<>);
  check<cx::Input<33>>(cx::layer_norm<> | cx::linear<17> | cx::layer_norm<{.affine = false}>);
}

BOOST_AUTO_TEST_CASE(over_groups_that_cut_through_vectors) {
  check<cx::Input<33, 3, 4>>(cx::group_norm<3> | cx::group_norm<11, {.epsilon = 0.1F}>);
  check<cx::Input<50, 3>>(cx::group_norm<5, {.affine = false}>);
  check<cx::Input<48>>(cx::group_norm<4>);
}

BOOST_AUTO_TEST_CASE(over_groups_of_whole_vectors_of_all_channels_and_of_one) {
  check<cx::Input<32, 3, 5>>(cx::group_norm<2> | cx::group_norm<1> | cx::group_norm<32>);
}

BOOST_AUTO_TEST_CASE(over_channels) {
  check<cx::Input<17, 5, 3>>(cx::instance_norm2d<>);
  check<cx::Input<3, 1, 7>>(cx::instance_norm2d<{.epsilon = 0.1F, .affine = true}>);
}

BOOST_AUTO_TEST_CASE(between_convolutions_with_borders) {
  check<cx::Input<3, 6, 5>>(cx::conv2d<18, {.kernel = 3, .padding = 1}> | cx::group_norm<6> |
                            cx::relu | cx::conv2d<6, {.kernel = 3, .padding = 1}> |
                            cx::layer_norm<> | cx::gelu | cx::conv2d<17, {.kernel = 2}> |
                            cx::instance_norm2d<{.affine = true}> |
                            cx::conv2d<3, {.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(on_parts_of_a_concat) {
  check<cx::Input<6, 3, 4>>(cx::concat(cx::conv2d<16, {.kernel = 1}> | cx::group_norm<4>,
                                       cx::conv2d<17, {.kernel = 1}> | cx::layer_norm<>,
                                       cx::instance_norm2d<>) |
                            cx::conv2d<3, {.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(in_a_block_with_a_skip) {
  check<cx::Input<6, 5, 7>>(
      cx::residual(cx::group_norm<2> | cx::relu | cx::conv2d<6, {.kernel = 3, .padding = 1}>) |
      cx::layer_norm<>);
}

BOOST_AUTO_TEST_CASE(both_modes_use_the_statistics_of_the_example) {
  support::Subject<decltype(cx::group_norm<2> | cx::instance_norm2d<{.affine = true}> |
                            cx::layer_norm<>),
                   cx::Input<6, 3, 5>>
      subject(1);
  subject->check_vjp(cx::Mode::inference, 3);
}

BOOST_AUTO_TEST_CASE(parameters_learn_where_no_gradient_of_the_input_is_asked) {
  using Net =
      cx::Network<decltype(cx::layer_norm<> | cx::prelu | cx::group_norm<2>), cx::Input<6, 3, 5>>;
  Net net;
  Net::InputBatch xs(3);
  Net::OutputBatch dys(3);
  support::Numbers numbers(2);
  numbers.fill({xs.data(), 3 * Net::InputBatch::example_size});
  numbers.fill({dys.data(), 3 * Net::OutputBatch::example_size});
  cx::Backpropagation<Net, cx::Mode::training, cx::InputGradient::skip> pass;
  for (int repeat = 0; repeat < 2; ++repeat) {  // gradients are overwritten, not added to
    pass.forward(net, xs);
    pass.backward(net, dys);
  }
  const auto expected = cx::vjp(net, xs, dys);
  BOOST_TEST((cx::state_dict(pass.gradient()) == cx::state_dict(expected.gradient)));
}

BOOST_AUTO_TEST_CASE(a_new_network_multiplies_by_one_in_every_layout) {
  using Net = cx::Network<decltype(cx::layer_norm<> | cx::group_norm<1>), cx::Input<17, 3, 5>>;
  const Net net;
  const std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  BOOST_REQUIRE_EQUAL(dict.size(), 4U);
  BOOST_TEST((dict[0].shape == std::vector<std::size_t>{17, 3, 5}));
  BOOST_TEST((dict[2].shape == std::vector<std::size_t>{17}));
  for (const cx::NamedTensor& t : dict) {
    const float first = t.name.ends_with("weight") ? 1.0F : 0.0F;
    for (const float v : t.values) BOOST_REQUIRE_EQUAL(v, first);
  }
}
