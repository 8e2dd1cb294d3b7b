// Layers that only change the shape, or nothing at all, at every place where they can stand.
#define BOOST_TEST_MODULE shapes
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(nothing_at_all) {
  check<cx::Input<3, 4, 5>>(cx::identity);
  check<cx::Input<17>>(cx::sequential());
  check<cx::Input<6, 3, 2>>(cx::identity | cx::identity | cx::dropout<0.0>);
}

BOOST_AUTO_TEST_CASE(flatten_alone) {
  check<cx::Input<17, 3, 5>>(cx::flatten);
  check<cx::Input<33, 1, 1>>(cx::flatten);
  check<cx::Input<33>>(cx::flatten | cx::flatten);
}

BOOST_AUTO_TEST_CASE(flatten_between_layers) {
  check<cx::Input<3, 5, 4>>(cx::conv2d<17, {.kernel = 2}> | cx::relu | cx::flatten | cx::linear<6> |
                            cx::relu);
  check<cx::Input<6, 3, 5>>(cx::flatten | cx::linear<17>);
}

BOOST_AUTO_TEST_CASE(flattened_branches_are_joined) {
  check<cx::Input<3, 4, 3>>(cx::concat(cx::flatten, cx::conv2d<4, {.kernel = 2}> | cx::flatten,
                                       cx::global_avg_pool2d | cx::flatten) |
                            cx::linear<6>);
}

BOOST_AUTO_TEST_CASE(a_flattened_image_has_other_readers) {
  check<cx::Input<3, 4, 3>>(cx::conv2d<6, {.kernel = 1}> |
                            cx::concat(cx::flatten | cx::relu, cx::flatten,
                                       cx::conv2d<3, {.kernel = 3, .padding = 1}> | cx::flatten));
}

BOOST_AUTO_TEST_CASE(images_of_one_pixel) {
  check<cx::Input<17, 1, 1>>(cx::conv2d<33, {.kernel = 3, .padding = 1}> | cx::relu |
                             cx::conv2d<6, {.kernel = 1}> | cx::flatten | cx::linear<3>);
}

BOOST_AUTO_TEST_CASE(images_of_one_row_and_of_one_column) {
  check<cx::Input<3, 1, 9>>(cx::conv2d<6, {.kernel = {1, 3}, .padding = {0, 1}}> | cx::relu |
                            cx::max_pool2d<{.kernel = {1, 2}}>);
  check<cx::Input<17, 7, 1>>(cx::conv2d<3, {.kernel = {3, 1}, .stride = {2, 1}}>);
}

BOOST_AUTO_TEST_CASE(repeated_blocks) {
  check<cx::Input<3, 5, 4>>(cx::repeat<3>(cx::conv2d<3, {.kernel = 3, .padding = 1}> | cx::tanh) |
                            cx::named<"last">(cx::conv2d<17, {.kernel = 1}>));
}
