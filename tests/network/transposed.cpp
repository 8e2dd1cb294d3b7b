// Transposed convolutions of images and sequences, with every option and in chains.
#define BOOST_TEST_MODULE transposed
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(a_stride_that_doubles_the_image) {
  check<cx::Input<17, 4, 3>>(cx::conv_transpose2d<6, {.kernel = 4, .stride = 2, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(kernels_that_leave_gaps) {
  check<cx::Input<3, 3, 4>>(
      cx::conv_transpose2d<17, {.kernel = {1, 2}, .stride = {2, 3}, .output_padding = {1, 2}}> |
      cx::sigmoid);
}

BOOST_AUTO_TEST_CASE(an_output_padding_over_the_stride_but_under_the_dilation) {
  check<cx::Input<6, 4, 5>>(cx::conv_transpose2d<33, {.kernel = {3, 2},
                                                      .stride = {1, 2},
                                                      .padding = {0, 3, 2, 1},
                                                      .output_padding = {2, 3},
                                                      .dilation = {3, 4}}> |
                            cx::relu);
}

BOOST_AUTO_TEST_CASE(groups_that_blocks_do_not_divide) {
  check<cx::Input<6, 5, 3>>(
      cx::conv_transpose2d<33, {.kernel = 3, .stride = 2, .padding = 1, .groups = 3}>);
  check<cx::Input<34, 2, 3>>(
      cx::conv_transpose2d<34, {.kernel = 2, .stride = 2, .groups = 17, .bias = false}>);
}

BOOST_AUTO_TEST_CASE(a_padding_wider_than_the_kernel) {
  check<cx::Input<3, 6, 7>>(cx::conv_transpose2d<1, {.kernel = 2, .padding = {2, 3}}>);
}

BOOST_AUTO_TEST_CASE(a_sequence_is_an_image_of_one_row) {
  check<cx::Input<6, 7>>(cx::conv_transpose1d<17, {.kernel = 5,
                                                   .stride = 3,
                                                   .padding = {2, 1},
                                                   .output_padding = 2,
                                                   .dilation = 2,
                                                   .groups = 1}> |
                         cx::relu);
  check<cx::Input<4, 5>>(cx::conv_transpose1d<6, {.kernel = 2, .groups = 2, .bias = false}>);
}

BOOST_AUTO_TEST_CASE(down_and_up_again_beside_a_skip) {
  check<cx::Input<3, 8, 6>>(
      cx::conv2d<16, {.kernel = 3, .padding = 1}> | cx::relu |
      cx::concat(cx::conv2d<17, {.kernel = 3, .stride = 2, .padding = 1}> | cx::relu |
                     cx::conv_transpose2d<16, {.kernel = 2, .stride = 2}> | cx::relu,
                 cx::identity) |
      cx::conv2d<3, {.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(two_transposed_convolutions_read_one_value) {
  check<cx::Input<17, 3, 2>>(
      cx::batch_norm2d<> |
      cx::sum(cx::conv_transpose2d<6, {.kernel = 3, .stride = 2, .padding = 1}>,
              cx::conv_transpose2d<6, {.kernel = 5, .stride = 2, .padding = 2}> | cx::tanh) |
      cx::depthwise_conv2d<{.kernel = 3, .padding = 1}>);
}
