// Values that are added, and values that several layers read.
#define BOOST_TEST_MODULE sums
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {
template <int Out>
inline constexpr auto same = cx::conv2d<Out, {.kernel = 3, .padding = 1}>;
}  // namespace

BOOST_AUTO_TEST_CASE(a_block_with_a_skip) {
  check<cx::Input<6, 5, 7>>(cx::residual(same<6> | cx::relu | same<6>) | cx::relu);
}

BOOST_AUTO_TEST_CASE(a_block_with_a_shortcut_of_another_shape) {
  check<cx::Input<3, 7, 5>>(
      cx::residual(cx::conv2d<17, {.kernel = 3, .stride = 2, .padding = 1}> | cx::relu | same<17>,
                   cx::conv2d<17, {.kernel = 1, .stride = 2, .bias = false}>) |
      cx::relu | cx::residual(same<17>) | cx::tanh);
}

BOOST_AUTO_TEST_CASE(three_branches_and_the_input_twice) {
  check<cx::Input<17, 3, 4>>(cx::sum(cx::identity, same<17>, cx::identity, cx::relu));
}

BOOST_AUTO_TEST_CASE(a_value_is_doubled) {
  check<cx::Input<3, 3, 4>>(same<6> | cx::sum(cx::identity, cx::identity) | cx::sigmoid);
}

BOOST_AUTO_TEST_CASE(a_value_has_many_readers) {
  check<cx::Input<3, 5, 4>>(same<6> | cx::relu |
                            cx::sum(same<6> | cx::relu, cx::tanh, cx::relu,
                                    cx::residual(cx::sigmoid),
                                    cx::residual(cx::residual(same<6>))));
}

BOOST_AUTO_TEST_CASE(an_activation_behind_a_value_with_two_readers_is_not_fused) {
  check<cx::Input<3, 5, 4>>(same<6> | cx::concat(cx::relu, cx::sigmoid, cx::identity) |
                            cx::conv2d<3, {.kernel = 1}> | cx::relu | cx::tanh);
}

BOOST_AUTO_TEST_CASE(vectors_are_added) {
  check<cx::Input<17>>(cx::residual(cx::linear<33> | cx::relu | cx::linear<17>) | cx::relu |
                       cx::linear<3>);
}

BOOST_AUTO_TEST_CASE(a_sum_of_one_branch_is_that_branch) {
  check<cx::Input<3, 3, 4>>(cx::sum(cx::relu) | cx::concat(cx::tanh));
}
