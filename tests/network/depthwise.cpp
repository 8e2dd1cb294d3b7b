// Convolutions of each channel by itself, and fixed filters, with every option and in chains.
#define BOOST_TEST_MODULE depthwise
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using cx::PaddingMode;
using support::check;

BOOST_AUTO_TEST_CASE(one_output_channel_to_each_input_channel) {
  check<cx::Input<17, 9, 7>>(cx::depthwise_conv2d<{.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(a_stride_a_dilation_and_four_paddings) {
  check<cx::Input<6, 11, 10>>(cx::depthwise_conv2d<{.kernel = {3, 2},
                                                    .stride = {2, 3},
                                                    .padding = {0, 3, 2, 1},
                                                    .dilation = {2, 3},
                                                    .bias = false}> |
                              cx::tanh);
}

BOOST_AUTO_TEST_CASE(several_output_channels_to_each_input_channel) {
  check<cx::Input<11, 7, 6>>(
      cx::depthwise_conv2d<{.kernel = 3, .stride = 2, .padding = 1, .multiplier = 3}> | cx::relu);
  check<cx::Input<1, 5, 6>>(cx::depthwise_conv2d<{.kernel = {2, 5}, .multiplier = 35}>);
}

BOOST_AUTO_TEST_CASE(borders_that_are_made_of_the_image) {
  check<cx::Input<3, 5, 6>>(cx::depthwise_conv2d<{.kernel = 3,
                                                  .padding = cx::same,
                                                  .multiplier = 2,
                                                  .padding_mode = PaddingMode::reflect}>);
  check<cx::Input<6, 5, 4>>(
      cx::filter2d<cx::sobel_y,
                   {.stride = {1, 2}, .padding = 2, .padding_mode = PaddingMode::circular}>);
}

BOOST_AUTO_TEST_CASE(filters_of_all_sizes) {
  check<cx::Input<3, 8, 9>>(cx::filter2d<cx::gaussian<5>, {.padding = cx::same}>);
  check<cx::Input<17, 7, 8>>(
      cx::filter2d<cx::taps({{1, -2, 4, 3}}), {.stride = 2, .padding = {1, 2}, .dilation = 2}> |
      cx::sigmoid);
}

BOOST_AUTO_TEST_CASE(a_block_of_mobilenet) {
  check<cx::Input<3, 13, 11>>(
      cx::conv2d<6, {.kernel = 3, .stride = 2, .padding = 1}> | cx::batch_norm2d<> | cx::relu |
      cx::depthwise_conv2d<{.kernel = 3, .padding = 1, .bias = false}> | cx::batch_norm2d<> |
      cx::relu | cx::conv2d<17, {.kernel = 1}> | cx::relu |
      cx::depthwise_conv2d<{.kernel = {7, 6}}> | cx::flatten | cx::linear<4>);
}

BOOST_AUTO_TEST_CASE(parts_of_a_concat_and_branches_that_read_one_value) {
  check<cx::Input<16, 6, 7>>(
      cx::relu |
      cx::concat(cx::depthwise_conv2d<{.kernel = 5, .padding = 2}> | cx::relu,
                 cx::filter2d<cx::box<3>, {.padding = 1}>,
                 cx::conv2d<3, {.kernel = 3, .padding = 1}>) |
      cx::residual(cx::depthwise_conv2d<{.kernel = 3, .padding = 1}>));
}
