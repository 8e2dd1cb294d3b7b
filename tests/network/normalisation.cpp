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

BOOST_AUTO_TEST_CASE(neighbouring_channels) {
  check<cx::Input<17, 3, 5>>(
      cx::local_response_norm<{.size = 5, .alpha = 0.3F, .beta = 0.75F, .k = 2.0F}>);
}

BOOST_AUTO_TEST_CASE(an_even_number_of_neighbouring_channels) {
  check<cx::Input<6, 4, 3>>(cx::local_response_norm<{.size = 4, .alpha = 0.5F, .beta = 0.6F}>);
}

BOOST_AUTO_TEST_CASE(more_neighbours_than_channels) {
  check<cx::Input<3, 4, 3>>(cx::local_response_norm<{.size = 9, .alpha = 1.0F}>);
}

BOOST_AUTO_TEST_CASE(local_responses_between_layers) {
  check<cx::Input<3, 7, 6>>(cx::conv2d<33, {.kernel = 3}> | cx::relu |
                            cx::local_response_norm<{.size = 5, .alpha = 0.1F}> |
                            cx::max_pool2d<{.kernel = 2}> | cx::conv2d<3, {.kernel = 1}>);
}
