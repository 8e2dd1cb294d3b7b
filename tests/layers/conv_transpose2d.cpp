// Shapes, parameters and costs of transposed convolutions.
#define BOOST_TEST_MODULE layers_conv_transpose2d
#include <array>
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/conv_transpose1d.hpp>
#include <convexpr/layers/conv_transpose2d.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::output_shape;

constexpr cx::Shape in = shape(6, 5, 4);
constexpr cx::Shape sequence = shape(6, 5);

// Facts, worked out by hand with H' = (H-1)s - 2p + d(k-1) + output_padding + 1.
static_assert(output_shape(cx::conv_transpose2d<8, {.kernel = 3}>, in) == shape(8, 7, 6));
static_assert(output_shape(cx::conv_transpose2d<8, {.kernel = {4, 2}, .stride = {2, 3}}>, in) ==
              shape(8, 12, 11));
static_assert(
    output_shape(cx::conv_transpose2d<9, {.kernel = 4, .stride = 2, .padding = 1, .groups = 3}>,
                 in) == shape(9, 10, 8));
static_assert(output_shape(cx::conv_transpose2d<2, {.kernel = {3, 1},
                                                    .stride = {2, 4},
                                                    .padding = {0, 1, 2, 3},
                                                    .output_padding = {1, 3},
                                                    .dilation = {3, 1}}>,
                           in) == shape(2, 14, 12));
static_assert(output_shape(cx::conv_transpose1d<8, {.kernel = 3, .stride = 2, .padding = {0, 1}}>,
                           sequence) == shape(8, 10));

// An option may be given or left out alone, and equal options are one type.
static_assert(
    std::same_as<cx::ConvTranspose2d<8, {.kernel = 3}>,
                 cx::ConvTranspose2d<8, {.kernel = {3, 3}, .output_padding = 0, .groups = 1}>>);
static_assert(std::same_as<decltype(cx::conv_transpose2d<8, {.kernel = 3}>),
                           const cx::ConvTranspose2d<8, {.kernel = 3}>>);
static_assert(std::same_as<decltype(cx::conv_transpose1d<8, {.kernel = 3}>),
                           const cx::ConvTranspose1d<8, {.kernel = 3, .stride = 1}>>);

// Refusals, asked softly; their sentences stand in tests/fail.
static_assert(accepts(cx::conv_transpose2d<1, {.kernel = 9}>, in));  // larger than the input
static_assert(!accepts(cx::conv_transpose2d<1>, in));
static_assert(!accepts(cx::conv_transpose2d<0, {.kernel = 2}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = {0, 2}}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2, .stride = {1, 0}}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2, .dilation = 0}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2, .padding = {0, -1}}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2, .padding = cx::same}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2, .output_padding = -1}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2, .output_padding = {1, 0}}>, in));
static_assert(accepts(
    cx::conv_transpose2d<1,
                         {.kernel = 2, .stride = {2, 1}, .output_padding = {1, 2}, .dilation = 3}>,
    in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2, .groups = 0}>, in));
static_assert(!accepts(cx::conv_transpose2d<4, {.kernel = 2, .groups = 4}>, in));
static_assert(!accepts(cx::conv_transpose2d<4, {.kernel = 2, .groups = 3}>, in));
static_assert(accepts(cx::conv_transpose2d<1, {.kernel = 1, .padding = {2, 0, 2, 3}}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 1, .padding = {2, 0, 3, 0}}>, in));
static_assert(!accepts(cx::conv_transpose2d<1, {.kernel = 2}>, sequence));
static_assert(!accepts(cx::conv_transpose1d<1, {.kernel = 2}>, in));
static_assert(!accepts(cx::conv_transpose1d<1, {.kernel = 1, .padding = {2, 3}}>, sequence));
static_assert(!accepts(cx::conv_transpose1d<1>, sequence));

BOOST_AUTO_TEST_CASE(the_weight_has_pytorchs_extents) {
  const cx::Declaration d = test::declared(
      cx::conv_transpose2d<9, {.kernel = {3, 2}, .stride = 2, .padding = 1, .groups = 3}>, in);
  BOOST_TEST(d.parameter_count == 2);
  BOOST_TEST(d.parameters[0].name == "weight");
  BOOST_TEST((d.parameters[0].extents == std::array{6, 3, 3, 2}));
  BOOST_TEST(d.parameters[0].rank == 4);
  BOOST_TEST(d.parameters[1].name == "bias");
  BOOST_TEST(d.parameters[1].size() == 9U);
  BOOST_TEST(d.op.macs == 6LL * 3 * 3 * 2 * 5 * 4);
}

BOOST_AUTO_TEST_CASE(a_sequence_has_a_weight_of_three_extents_and_its_own_name) {
  const cx::Declaration d =
      test::declared(cx::conv_transpose1d<4, {.kernel = 3, .groups = 2, .bias = false}>, sequence);
  BOOST_TEST(d.parameter_count == 1);
  BOOST_TEST(d.parameters[0].rank == 3);
  BOOST_TEST(d.parameters[0].extents[0] == 6);
  BOOST_TEST(d.parameters[0].extents[1] == 2);
  BOOST_TEST(d.parameters[0].extents[2] == 3);
  BOOST_TEST(d.parameters[0].size() == 36U);
  BOOST_TEST(name(d.op) == "ConvTranspose1d");
  BOOST_TEST(d.op.macs == 6LL * 2 * 3 * 5);
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_would_fit) {
  const cx::Refusal r =
      test::declared(
          cx::conv_transpose2d<1, {.kernel = 2, .stride = {2, 1}, .output_padding = {1, 1}}>, in)
          .refusal;
  BOOST_TEST(r.got.view() == "1x1");
  BOOST_TEST(r.wanted.view() == "at most 1x0");
}
