// Values that a concat joins and that others read too: nobody may overwrite what is still wanted.
#define BOOST_TEST_MODULE concat_shared
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {
template <int Out>
inline constexpr auto narrow = cx::conv2d<Out, {.kernel = 1}> | cx::relu;
}  // namespace

BOOST_AUTO_TEST_CASE(two_concats_share_the_gradient_of_their_sum) {
  check<cx::Input<3, 4, 5>>(
      cx::sum(cx::concat(narrow<16>, narrow<16>), cx::concat(narrow<16>, narrow<16>)) | narrow<6>);
}

BOOST_AUTO_TEST_CASE(two_concats_of_one_value_share_the_gradient_of_their_sum) {
  check<cx::Input<3, 4, 5>>(
      narrow<16> | cx::sum(cx::concat(cx::relu, cx::tanh), cx::concat(cx::tanh, cx::sigmoid)));
}

BOOST_AUTO_TEST_CASE(a_skip_goes_around_nested_concats) {
  check<cx::Input<3, 5, 4>>(
      narrow<48> | cx::residual(cx::concat(cx::concat(narrow<16>, narrow<16>), narrow<16>)) |
      narrow<3>);
}

BOOST_AUTO_TEST_CASE(a_skip_goes_around_a_concat_whose_parts_are_activations) {
  check<cx::Input<3, 5, 4>>(
      narrow<32> |
      cx::residual(cx::conv2d<16, {.kernel = 1}> | cx::concat(cx::concat(cx::tanh), cx::sigmoid)) |
      cx::tanh);
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_concat_have_other_readers) {
  check<cx::Input<3, 5, 4>>(narrow<16> |
                            cx::concat(cx::identity | cx::relu, cx::identity,
                                       cx::conv2d<17, {.kernel = 3, .padding = 1}>) |
                            cx::concat(cx::tanh, cx::sigmoid) | narrow<3>);
}

BOOST_AUTO_TEST_CASE(vectors_are_joined_too) {
  check<cx::Input<33>>(
      cx::concat(cx::linear<16> | cx::relu, cx::linear<3> | cx::tanh, cx::identity, cx::linear<6>) |
      cx::linear<17>);
}

BOOST_AUTO_TEST_CASE(images_of_one_pixel_are_flattened_in_place_and_joined) {
  check<cx::Input<6, 3, 5>>(
      cx::conv2d<17, {.kernel = 1}> | cx::global_avg_pool2d |
      cx::concat(cx::flatten | cx::linear<16>,
                 cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::flatten | cx::linear<3>));
}
