// Normalisation over batches, in both modes, and over neighbouring channels.
#define BOOST_TEST_MODULE normalisation
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(batches_of_images) { check<cx::Input<17, 5, 3>>(cx::batch_norm2d<>); }

BOOST_AUTO_TEST_CASE(options_alone) {
  check<cx::Input<6, 3, 4>>(cx::batch_norm2d<{.epsilon = 1e-2F}>);
  check<cx::Input<33, 3, 2>>(cx::batch_norm2d<{.momentum = 0.25F}>);
}

BOOST_AUTO_TEST_CASE(without_learned_parameters) {
  check<cx::Input<3, 4, 5>>(cx::batch_norm2d<{.affine = false}> | cx::relu);
}

BOOST_AUTO_TEST_CASE(between_convolutions) {
  check<cx::Input<3, 6, 5>>(
      cx::conv2d<17, {.kernel = 3, .padding = 1, .bias = false}> | cx::batch_norm2d<> | cx::relu |
      cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::sigmoid);
}

BOOST_AUTO_TEST_CASE(in_a_block_with_a_skip) {
  check<cx::Input<6, 5, 7>>(
      cx::residual(cx::conv2d<17, {.kernel = 3, .stride = 2, .padding = 1, .bias = false}> |
                       cx::batch_norm2d<> | cx::relu,
                   cx::conv2d<17, {.kernel = 1, .stride = 2, .bias = false}> | cx::batch_norm2d<>) |
      cx::relu);
}

BOOST_AUTO_TEST_CASE(one_value_a_channel_is_no_batch_to_train_on) {
  using Net = cx::Network<decltype(cx::conv2d<17, {.kernel = 2}> |
                                   cx::named<"stem">(cx::relu | cx::batch_norm2d<>) | cx::flatten |
                                   cx::linear<3>),
                          cx::Input<3, 2, 2>>;
  Net net;
  const std::vector<cx::NamedTensor> before = cx::state_dict(net);
  const auto says = [](std::string words) {
    return [words](const std::invalid_argument& e) {
      BOOST_TEST(e.what() == words);
      return std::string(e.what()) == words;
    };
  };
  const std::string words =
      "forward: batch_norm2d at \"stem.1\": each channel must have two or more values in training, "
      "a batch of one 17x1x1 image has one; train on more examples at a time";
  BOOST_CHECK_EXCEPTION(cx::vjp(net, Net::InputBatch(1), Net::OutputBatch(1)),
                        std::invalid_argument, says(words));
  BOOST_CHECK((cx::state_dict(net) == before));
  cx::Backpropagation<Net> pass;
  BOOST_CHECK_EXCEPTION(pass.forward(net, Net::InputBatch(1)), std::invalid_argument, says(words));
  BOOST_CHECK((cx::state_dict(net) == before));
  BOOST_CHECK_NO_THROW(pass.forward(net, Net::InputBatch(2)));
  BOOST_CHECK_NO_THROW(cx::vjp(net, Net::InputBatch(1), Net::OutputBatch(1), cx::Mode::inference));
}

BOOST_AUTO_TEST_CASE(two_values_a_channel_are) {
  support::Subject<cx::BatchNorm2d<{.epsilon = 0.1F}>, cx::Input<17, 1, 2>> row(1);
  row->check_vjp(cx::Mode::training, 1);
  support::Subject<cx::BatchNorm2d<{.epsilon = 0.1F}>, cx::Input<6, 1, 1>> pixel(1);
  pixel->check_vjp(cx::Mode::training, 2);
}

BOOST_AUTO_TEST_CASE(neighbouring_channels) {
  check<cx::Input<17, 3, 5>>(
      cx::local_response_norm<{.size = 5, .alpha = 0.3F, .beta = 0.75F, .k = 2.0F}>);
}

BOOST_AUTO_TEST_CASE(an_even_number_of_neighbouring_channels) {
  check<cx::Input<6, 4, 3>>(cx::local_response_norm<{.size = 4, .alpha = 0.5F, .beta = 0.6F}>);
}

BOOST_AUTO_TEST_CASE(two_neighbouring_channels_and_one) {
  check<cx::Input<33, 2, 3>>(
      cx::local_response_norm<{.size = 2, .alpha = 0.5F, .beta = 0.5F}> |
      cx::local_response_norm<{.size = 1, .alpha = 0.5F, .beta = 1.0F, .k = 0.5F}>);
}

BOOST_AUTO_TEST_CASE(more_neighbours_than_channels) {
  check<cx::Input<3, 4, 3>>(cx::local_response_norm<{.size = 9, .alpha = 1.0F}>);
}

BOOST_AUTO_TEST_CASE(slopes_and_sums_ride_on_the_adjoint_of_local_responses) {
  check<cx::Input<18, 3, 5>>(cx::conv2d<19, {.kernel = 1}> | cx::sigmoid |
                             cx::residual(cx::local_response_norm<{.size = 5, .alpha = 0.3F}>));
  check<cx::Input<5, 4, 6>>(cx::conv2d<35, {.kernel = 1}> | cx::tanh |
                            cx::local_response_norm<{.size = 3, .alpha = 0.5F}> |
                            cx::max_pool2d<{.kernel = 2}>);
}

BOOST_AUTO_TEST_CASE(local_responses_between_layers) {
  check<cx::Input<3, 7, 6>>(cx::conv2d<33, {.kernel = 3}> | cx::relu |
                            cx::local_response_norm<{.size = 5, .alpha = 0.1F}> |
                            cx::max_pool2d<{.kernel = 2}> | cx::conv2d<3, {.kernel = 1}>);
}
