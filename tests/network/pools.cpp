// Pooling over windows and whole images.
#define BOOST_TEST_MODULE pools
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(maxima_of_windows_side_by_side) {
  check<cx::Input<17, 7, 8>>(cx::max_pool2d<{.kernel = {2, 3}}>);
}

BOOST_AUTO_TEST_CASE(maxima_of_overlapping_windows_rounded_up) {
  check<cx::Input<6, 8, 9>>(cx::max_pool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(maxima_with_padding_stride_and_dilation) {
  check<cx::Input<33, 9, 10>>(
      cx::max_pool2d<{.kernel = {3, 2}, .stride = {1, 2}, .padding = 1, .dilation = 2}>);
}

BOOST_AUTO_TEST_CASE(maxima_with_four_paddings) {
  check<cx::Input<3, 6, 7>>(
      cx::max_pool2d<{.kernel = 3, .stride = 2, .padding = {0, 1, 1, 0}, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(maxima_among_many_zeros_go_to_the_first) {
  check<cx::Input<3, 7, 9>>(cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::relu |
                            cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> |
                            cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::relu |
                            cx::max_pool2d<{.kernel = 2}>);
}

BOOST_AUTO_TEST_CASE(means_that_count_the_padding) {
  check<cx::Input<6, 7, 8>>(
      cx::avg_pool2d<{.kernel = {3, 4}, .stride = 2, .padding = {1, 2}, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(means_that_do_not_count_the_padding) {
  check<cx::Input<17, 7, 6>>(cx::avg_pool2d<{.kernel = 3,
                                             .stride = {2, 1},
                                             .padding = {1, 0, 1, 1},
                                             .ceil_mode = true,
                                             .count_include_pad = false}>);
}

BOOST_AUTO_TEST_CASE(means_of_windows_side_by_side) {
  check<cx::Input<33, 5, 7>>(cx::avg_pool2d<{.kernel = 2}> | cx::relu);
}

BOOST_AUTO_TEST_CASE(means_of_whole_images) {
  check<cx::Input<33, 5, 7>>(cx::global_avg_pool2d);
  check<cx::Input<1, 3, 2>>(cx::global_avg_pool2d | cx::flatten);
}

BOOST_AUTO_TEST_CASE(pools_read_the_border_that_a_convolution_needs) {
  check<cx::Input<6, 6, 5>>(cx::conv2d<17, {.kernel = 1}> | cx::relu |
                            cx::concat(cx::conv2d<6, {.kernel = 5, .padding = 2}>,
                                       cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>,
                                       cx::avg_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>));
}

BOOST_AUTO_TEST_CASE(pools_that_ride_on_convolutions) {
  check<cx::Input<1, 12, 12>>(cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::relu |
                              cx::max_pool2d<{.kernel = 2}> | cx::conv2d<16, {.kernel = 3}> |
                              cx::tanh | cx::avg_pool2d<{.kernel = 2}>);
  check<cx::Input<5, 6, 12>>(cx::conv2d<33, {.kernel = 3, .padding = 1}> | cx::prelu |
                             cx::max_pool2d<{.kernel = {3, 2}}> | cx::conv2d<7, {.kernel = 1}> |
                             cx::avg_pool2d<{.kernel = 2}>);
}
