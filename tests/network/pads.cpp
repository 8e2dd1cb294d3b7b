// Images with a border around them, and what reads them.
#define BOOST_TEST_MODULE pads
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using cx::PaddingMode;
using support::check;

BOOST_AUTO_TEST_CASE(zeros_around_an_image) {
  check<cx::Input<17, 5, 4>>(cx::pad2d<{.padding = {2, 0, 1, 3}}>);
}

BOOST_AUTO_TEST_CASE(reflections_as_wide_as_they_can_be) {
  check<cx::Input<6, 4, 6>>(
      cx::pad2d<{.padding = {3, 5, 3, 5}, .padding_mode = PaddingMode::reflect}>);
}

BOOST_AUTO_TEST_CASE(edges_repeated_past_the_extent) {
  check<cx::Input<33, 2, 3>>(
      cx::pad2d<{.padding = {5, 0, 1, 4}, .padding_mode = PaddingMode::replicate}>);
}

BOOST_AUTO_TEST_CASE(three_periods_of_an_image) {
  check<cx::Input<3, 3, 5>>(
      cx::pad2d<{.padding = {3, 5, 3, 5}, .padding_mode = PaddingMode::circular}>);
}

BOOST_AUTO_TEST_CASE(the_mean_of_each_channel_all_around) {
  check<cx::Input<17, 4, 7>>(
      cx::pad2d<{.padding = {0, 6, 5, 1}, .padding_mode = PaddingMode::mean}>);
}

BOOST_AUTO_TEST_CASE(padded_parts_of_a_concat_are_read_with_a_border) {
  check<cx::Input<16, 3, 4>>(
      cx::concat(cx::pad2d<{.padding = {1, 2}, .padding_mode = PaddingMode::replicate}>,
                 cx::conv2d<3, {.kernel = 1}> | cx::pad2d<{.padding = {1, 2}}>) |
      cx::conv2d<6, {.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(zeros_before_convolutions) {
  check<cx::Input<3, 4, 5>>(
      cx::pad2d<{.padding = {2, 0, 1, 1}}> | cx::conv2d<17, {.kernel = 2, .padding = {0, 1}}> |
      cx::pad2d<{.padding = 1}> | cx::pad2d<{.padding = {0, 1}}> |
      cx::conv2d<6, {.kernel = 3, .padding = 0, .padding_mode = PaddingMode::mean}> |
      cx::pad2d<{.padding = 1}> |
      cx::conv2d<3, {.kernel = 3, .padding = 1, .padding_mode = PaddingMode::reflect}>);
}

BOOST_AUTO_TEST_CASE(zeros_that_others_read_too) {
  check<cx::Input<6, 4, 3>>(cx::pad2d<{.padding = 1}> |
                            cx::residual(cx::conv2d<6, {.kernel = 3, .padding = 1}>) | cx::relu |
                            cx::pad2d<{.padding = {1, 0, 0, 2}}>);
}
