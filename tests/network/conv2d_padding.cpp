// Convolutions whose border is made of the image, and those that keep the extents.
#define BOOST_TEST_MODULE conv2d_padding
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using cx::PaddingMode;
using support::check;

BOOST_AUTO_TEST_CASE(a_first_convolution_reflects_its_input) {
  check<cx::Input<3, 7, 9>>(
      cx::conv2d<17, {.kernel = {3, 5}, .padding = 2, .padding_mode = PaddingMode::reflect}> |
      cx::relu);
}

BOOST_AUTO_TEST_CASE(a_wrapped_convolution_with_every_other_option) {
  check<cx::Input<6, 5, 6>>(cx::conv2d<33, {.kernel = {3, 2},
                                            .stride = {2, 1},
                                            .padding = {5, 0, 2, 6},
                                            .dilation = {1, 3},
                                            .groups = 3,
                                            .bias = false,
                                            .padding_mode = PaddingMode::circular}>);
}

BOOST_AUTO_TEST_CASE(convolutions_in_a_row_each_with_a_border_of_its_own) {
  check<cx::Input<1, 6, 5>>(
      cx::conv2d<6, {.kernel = 3, .padding = cx::same, .padding_mode = PaddingMode::mean}> |
      cx::relu |
      cx::conv2d<17, {.kernel = {2, 4}, .padding = cx::same, .dilation = {3, 1}, .groups = 1}> |
      cx::batch_norm2d<> | cx::tanh |
      cx::conv2d<3, {.kernel = 3,
                     .stride = 2,
                     .padding = {3, 1, 4, 3},
                     .padding_mode = PaddingMode::replicate,
                     .exact_fit = true}>);
}

BOOST_AUTO_TEST_CASE(one_value_is_read_with_different_borders) {
  check<cx::Input<6, 4, 5>>(
      cx::conv2d<16, {.kernel = 1}> | cx::relu |
      cx::concat(
          cx::conv2d<16, {.kernel = 3, .padding = 1}>,
          cx::conv2d<16, {.kernel = 3, .padding = 1, .padding_mode = PaddingMode::mean}>,
          cx::pad2d<{.padding = 1, .padding_mode = PaddingMode::reflect}> |
              cx::max_pool2d<{.kernel = 3, .stride = 1}>,
          cx::conv2d<3, {.kernel = 3, .padding = 1, .padding_mode = PaddingMode::circular}>) |
      cx::conv2d<6, {.kernel = 3, .padding = {0, 1}}>);
}

BOOST_AUTO_TEST_CASE(borders_around_one_pixel) {
  check<cx::Input<17, 1, 1>>(
      cx::conv2d<6, {.kernel = 3, .padding = 1, .padding_mode = PaddingMode::replicate}> |
      cx::relu |
      cx::conv2d<
          17, {.kernel = {1, 2}, .padding = {0, 1, 0, 0}, .padding_mode = PaddingMode::circular}> |
      cx::conv2d<3, {.kernel = 5, .padding = 2, .padding_mode = PaddingMode::mean}> |
      cx::pad2d<{.padding = 0}> | cx::flatten | cx::linear<6>);
}
