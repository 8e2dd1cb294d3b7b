// Convolutions of one group, alone and behind another layer, with every option.
#define BOOST_TEST_MODULE conv2d
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(a_planar_input_of_three_channels) {
  check<cx::Input<3, 9, 7>>(cx::conv2d<17, {.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(a_planar_input_with_stride_and_no_bias) {
  check<cx::Input<1, 11, 8>>(
      cx::conv2d<6, {.kernel = {5, 2}, .stride = {2, 3}, .padding = {2, 0}, .bias = false}>);
}

BOOST_AUTO_TEST_CASE(a_planar_input_with_dilation_and_four_paddings) {
  check<cx::Input<3, 8, 9>>(
      cx::conv2d<33, {.kernel = {3, 2}, .padding = {1, 0, 2, 3}, .dilation = {2, 3}}> | cx::relu);
}

BOOST_AUTO_TEST_CASE(a_blocked_input_with_stride_and_four_paddings) {
  check<cx::Input<17, 7, 10>>(
      cx::conv2d<6, {.kernel = 3, .stride = {1, 2}, .padding = {0, 2, 1, 1}}> | cx::tanh);
}

BOOST_AUTO_TEST_CASE(a_convolution_behind_another_reads_its_border) {
  check<cx::Input<3, 6, 7>>(
      cx::conv2d<33, {.kernel = 1}> | cx::relu |
      cx::conv2d<17, {.kernel = {3, 5}, .padding = {1, 2}, .dilation = {1, 1}}> | cx::sigmoid |
      cx::conv2d<3, {.kernel = {2, 3}, .stride = 2, .padding = {2, 3}, .dilation = {3, 2}}>);
}

BOOST_AUTO_TEST_CASE(a_kernel_as_large_as_the_padded_image_gives_one_pixel) {
  check<cx::Input<6, 4, 3>>(cx::conv2d<17, {.kernel = {6, 5}, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(two_convolutions_read_the_input) {
  check<cx::Input<3, 7, 6>>(cx::concat(cx::conv2d<6, {.kernel = 3, .padding = 1}>,
                                       cx::conv2d<17, {.kernel = 5, .padding = 2}> | cx::relu));
}

BOOST_AUTO_TEST_CASE(a_few_channels_of_wide_images_run_over_the_width) {
  check<cx::Input<1, 10, 28>>(cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::relu |
                              cx::max_pool2d<{.kernel = 2}> | cx::conv2d<16, {.kernel = 5}>);
  check<cx::Input<2, 7, 33>>(cx::conv2d<5, {.kernel = 3, .padding = 1}> | cx::tanh |
                             cx::conv2d<33, {.kernel = 3, .stride = 2}>);
}

BOOST_AUTO_TEST_CASE(sums_ride_on_the_gradient_of_a_few_channels) {
  check<cx::Input<3, 6, 7>>(cx::conv2d<4, {.kernel = 3, .padding = 1}> |
                            cx::residual(cx::conv2d<32, {.kernel = 5, .padding = 2}> | cx::relu |
                                         cx::conv2d<4, {.kernel = 1}>));
}

BOOST_AUTO_TEST_CASE(single_pixels_apart_leave_zeros_between) {
  check<cx::Input<17, 7, 10>>(cx::conv2d<33, {.kernel = 1, .stride = 2}> | cx::relu |
                              cx::conv2d<20, {.kernel = 1, .stride = 3}>);
  check<cx::Input<6, 9, 8>>(
      cx::residual(cx::conv2d<36, {.kernel = 3, .stride = 2, .padding = 1}> | cx::relu,
                   cx::conv2d<36, {.kernel = 1, .stride = 2}>) |
      cx::tanh);
}

BOOST_AUTO_TEST_CASE(many_single_pixels_read_a_few_channels) {
  check<cx::Input<3, 6, 7>>(cx::conv2d<3, {.kernel = 3, .padding = 1}> | cx::tanh |
                            cx::conv2d<160, {.kernel = 1}>);
}
