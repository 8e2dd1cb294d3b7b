// Convolutions in groups, down to one channel a group.
#define BOOST_TEST_MODULE conv2d_groups
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(two_groups_of_a_planar_input) {
  check<cx::Input<6, 7, 5>>(cx::conv2d<34, {.kernel = 3, .padding = 1, .groups = 2}> | cx::relu);
}

BOOST_AUTO_TEST_CASE(three_groups_that_end_inside_vectors) {
  check<cx::Input<33, 5, 7>>(
      cx::conv2d<6, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}, .groups = 3}>);
}

BOOST_AUTO_TEST_CASE(groups_that_fill_whole_vectors) {
  check<cx::Input<32, 4, 5>>(
      cx::conv2d<64, {.kernel = 3, .padding = 1, .groups = 2, .bias = false}> | cx::tanh);
}

BOOST_AUTO_TEST_CASE(each_channel_has_a_group) {
  check<cx::Input<17, 6, 5>>(
      cx::conv2d<17, {.kernel = 3, .padding = 1, .dilation = {1, 2}, .groups = 17}> | cx::relu);
}

BOOST_AUTO_TEST_CASE(each_channel_has_a_group_of_two_outputs) {
  check<cx::Input<3, 7, 6>>(
      cx::conv2d<6, {.kernel = {2, 3}, .stride = 2, .padding = {1, 0, 0, 2}, .groups = 3}>);
}

BOOST_AUTO_TEST_CASE(groups_behind_another_layer) {
  check<cx::Input<3, 5, 6>>(cx::conv2d<6, {.kernel = 1}> | cx::relu |
                            cx::conv2d<33, {.kernel = 3, .padding = 1, .groups = 3}> | cx::relu |
                            cx::conv2d<6, {.kernel = 1, .groups = 3}>);
}
