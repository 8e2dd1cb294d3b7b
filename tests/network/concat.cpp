// Branches joined along the channels, forward and backward, wherever their parts may lie.
#define BOOST_TEST_MODULE concat
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {
template <int Out>
inline constexpr auto wide = cx::conv2d<Out, {.kernel = 3, .padding = 1}> | cx::relu;
template <int Out>
inline constexpr auto narrow = cx::conv2d<Out, {.kernel = 1}> | cx::relu;
}  // namespace

BOOST_AUTO_TEST_CASE(parts_that_fill_whole_vectors_are_written_and_read_in_place) {
  check<cx::Input<5, 6, 7>>(narrow<16> | cx::concat(narrow<16>, wide<32>, narrow<17>) | wide<3>);
}

BOOST_AUTO_TEST_CASE(parts_that_start_inside_a_vector_are_copied) {
  check<cx::Input<3, 5, 7>>(cx::concat(narrow<5>, wide<16>, cx::identity, narrow<1>) | narrow<6>);
}

BOOST_AUTO_TEST_CASE(aligned_parts_stand_among_unaligned_ones) {
  check<cx::Input<3, 5, 4>>(cx::concat(narrow<5>, narrow<11>, narrow<16>, narrow<33>));
}

BOOST_AUTO_TEST_CASE(a_concat_is_a_part_of_another) {
  check<cx::Input<3, 4, 7>>(cx::concat(narrow<16>, cx::concat(wide<32>, narrow<6>) | cx::relu,
                                       cx::concat(cx::concat(narrow<16>, wide<16>), narrow<17>)) |
                            narrow<3>);
}

BOOST_AUTO_TEST_CASE(a_nested_concat_starts_and_ends_inside_vectors) {
  check<cx::Input<3, 4, 7>>(
      cx::concat(cx::concat(narrow<16>, narrow<6>), cx::concat(narrow<3>, narrow<16>)) | wide<6>);
}

BOOST_AUTO_TEST_CASE(one_value_is_every_part) {
  check<cx::Input<3, 4, 5>>(narrow<17> | cx::concat(cx::identity, cx::identity, cx::identity) |
                            narrow<3>);
}

BOOST_AUTO_TEST_CASE(one_aligned_value_is_two_parts) {
  check<cx::Input<3, 4, 5>>(narrow<16> | cx::concat(cx::identity, cx::identity) | narrow<3>);
}

BOOST_AUTO_TEST_CASE(the_input_itself_is_a_part) {
  check<cx::Input<16, 4, 5>>(cx::concat(cx::identity, wide<16>, cx::relu));
}
