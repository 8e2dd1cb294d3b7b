// Pooling to given sizes, and over whole images by maxima.
#define BOOST_TEST_MODULE adaptive_pools
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(means_of_parts) {
  check<cx::Input<17, 12, 7>>(cx::adaptive_avg_pool2d<4, 3>);
  check<cx::Input<33, 2, 3>>(cx::adaptive_avg_pool2d<5, 4>);
}

BOOST_AUTO_TEST_CASE(maxima_of_parts) {
  check<cx::Input<6, 11, 9>>(cx::adaptive_max_pool2d<4, 3>);
  check<cx::Input<1, 3, 4>>(cx::adaptive_max_pool2d<7, 4>);
}

BOOST_AUTO_TEST_CASE(maxima_of_whole_images) {
  check<cx::Input<33, 5, 7>>(cx::global_max_pool2d);
  check<cx::Input<3, 3, 2>>(cx::global_max_pool2d | cx::flatten);
}

BOOST_AUTO_TEST_CASE(maxima_among_many_zeros_go_to_the_first) {
  check<cx::Input<3, 9, 7>>(cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::relu |
                            cx::adaptive_max_pool2d<5, 4> |
                            cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::relu |
                            cx::global_max_pool2d | cx::flatten | cx::linear<3>);
}

BOOST_AUTO_TEST_CASE(between_convolutions_and_in_a_concat) {
  check<cx::Input<6, 8, 7>>(
      cx::conv2d<16, {.kernel = 1}> |
      cx::concat(cx::adaptive_max_pool2d<3, 4>, cx::adaptive_avg_pool2d<3, 4> | cx::relu) |
      cx::conv2d<6, {.kernel = 3, .padding = 1}>);
}
