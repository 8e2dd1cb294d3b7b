// Pooling by the norms of windows. An odd power sees positive values here: where a sum of signs
// cancels, its root has no slope to compare.
#define BOOST_TEST_MODULE lp_pools
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(sums_of_windows) {
  check<cx::Input<6, 7, 9>>(
      cx::lp_pool2d<1, {.kernel = {3, 2}, .stride = {2, 3}, .padding = 1, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(lengths_of_windows) {
  check<cx::Input<17, 7, 8>>(cx::lp_pool2d<2, {.kernel = {2, 3}}>);
  check<cx::Input<33, 6, 7>>(
      cx::lp_pool2d<2, {.kernel = 3, .stride = 2, .padding = {0, 1, 1, 0}, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(higher_powers) {
  check<cx::Input<3, 7, 6>>(cx::sigmoid |
                            cx::lp_pool2d<3, {.kernel = 3, .stride = {2, 1}, .padding = {1, 0}}>);
  check<cx::Input<16, 5, 9>>(cx::lp_pool2d<4, {.kernel = {5, 4}, .stride = 3, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(between_convolutions_and_in_a_concat) {
  check<cx::Input<3, 8, 7>>(
      cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::tanh |
      cx::concat(cx::lp_pool2d<2, {.kernel = 3, .stride = 1, .padding = 1}>,
                 cx::lp_pool2d<2, {.kernel = 3, .stride = 1, .padding = 1}> | cx::sigmoid) |
      cx::conv2d<6, {.kernel = 3, .padding = 2}>);
}
