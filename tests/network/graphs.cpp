// Long skips: values that get a name on their way and are read further on, against the oracle.
#define BOOST_TEST_MODULE graphs
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {
template <int Out>
inline constexpr auto narrow = cx::conv2d<Out, {.kernel = 1}> | cx::relu;
template <int Out>
inline constexpr auto wide = cx::conv2d<Out, {.kernel = 3, .padding = 1}> | cx::relu;
/// As in the U-Net's paper: a pixel is lost on each side.
template <int Out>
inline constexpr auto valid = cx::conv2d<Out, {.kernel = 3}> | cx::relu;
/// Also as in the paper: twice as large, then a 2x2 convolution.
template <int Out>
inline constexpr auto larger =
    cx::upsample<{.scale = 2}> | cx::conv2d<Out, {.kernel = 2, .padding = {0, 0, 1, 1}}>;
constexpr auto smaller = cx::max_pool2d<{.kernel = 2}>;
}  // namespace

BOOST_AUTO_TEST_CASE(a_u_net_of_two_levels) {
  check<cx::Input<3, 8, 12>>(
      cx::named<"encoder">(wide<16> | cx::tap<"fine"> | smaller | wide<17> | cx::tap<"coarse">) |
      smaller | wide<32> |
      cx::named<"decoder">(larger<16> | cx::concat_with<"coarse"> | narrow<6> | larger<16> |
                           cx::concat_with<"fine"> | wide<16>) |
      cx::conv2d<2, {.kernel = 1}>);
}

BOOST_AUTO_TEST_CASE(a_u_net_without_padding_crops_what_it_joins) {
  check<cx::Input<1, 13, 12>>(valid<16> | cx::tap<"skip"> | smaller | valid<33> | larger<16> |
                              cx::concat_with<"skip", {.crop = true}> | valid<6> |
                              cx::conv2d<2, {.kernel = 1}>);
  check<cx::Input<6, 9, 7>>(cx::tap<"x"> | wide<6> | valid<6> | cx::sum_with<"x", {.crop = true}> |
                            valid<3> | cx::concat_with<"x", {.crop = true}>);
}

BOOST_AUTO_TEST_CASE(taps_are_read_inside_branches_and_blocks) {
  check<cx::Input<3, 5, 6>>(
      narrow<16> | cx::tap<"a"> |
      cx::concat(wide<16> | cx::tap<"b"> | cx::concat_with<"a">,
                 cx::residual(narrow<16> | cx::sum_with<"b">) | cx::sum_with<"a">) |
      cx::named<"block">(narrow<16> | cx::repeat<2>(wide<16> | cx::sum_with<"b">)) |
      cx::concat_with<"a"> | narrow<3>);
}

BOOST_AUTO_TEST_CASE(taps_at_the_edges_of_a_network) {
  check<cx::Input<3, 5, 4>>(cx::tap<"x"> | cx::conv2d<3, {.kernel = 3, .padding = 1}> |
                            cx::sum_with<"x"> | cx::tap<"unread"> | cx::relu |
                            cx::concat_with<"x">);
  check<cx::Input<17, 3, 4>>(cx::tap<"x"> | cx::sum_with<"x"> | cx::concat_with<"x"> |
                             cx::tap<"y">);
}

BOOST_AUTO_TEST_CASE(sequences_and_features_are_joined_and_added_too) {
  check<cx::Input<3, 11>>(cx::conv1d<6, {.kernel = 3, .padding = 1}> | cx::relu | cx::tap<"x"> |
                          cx::conv1d<6, {.kernel = 4}> | cx::sum_with<"x", {.crop = true}>);
  check<cx::Input<6>>(cx::linear<17> | cx::relu | cx::tap<"x"> | cx::linear<16> |
                      cx::concat_with<"x"> | cx::linear<17> | cx::sum_with<"x"> | cx::tanh);
}
