// Shapes, parameters and costs of depthwise convolutions and of fixed filters, and the filters that
// have a name.
#define BOOST_TEST_MODULE layers_depthwise_conv2d
#include <array>
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/filter2d.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::output_shape;

constexpr cx::Shape in = shape(6, 9, 13);

// Facts, worked out by hand with H' = floor((H + 2p - d(k-1) - 1) / s) + 1.
static_assert(output_shape(cx::depthwise_conv2d<{.kernel = 3}>, in) == shape(6, 7, 11));
static_assert(output_shape(cx::depthwise_conv2d<{.kernel = {1, 5}, .multiplier = 3}>, in) ==
              shape(18, 9, 9));
static_assert(output_shape(cx::depthwise_conv2d<{.kernel = 3, .stride = {2, 3}, .padding = 1}>,
                           in) == shape(6, 5, 5));
static_assert(
    output_shape(
        cx::depthwise_conv2d<{.kernel = {2, 3}, .padding = {0, 1, 1, 2}, .dilation = {4, 1}}>,
        in) == shape(6, 6, 14));
static_assert(output_shape(cx::depthwise_conv2d<{.kernel = {4, 5}, .padding = cx::same}>, in) ==
              in);
static_assert(output_shape(cx::filter2d<cx::sobel_x>, in) == shape(6, 7, 11));
static_assert(output_shape(cx::filter2d<cx::taps({{1, 2, 1}}), {.stride = 2}>, in) ==
              shape(6, 5, 6));
static_assert(output_shape(cx::filter2d<cx::gaussian<4>, {.padding = cx::same, .dilation = 2}>,
                           in) == in);
static_assert(output_shape(cx::filter2d<cx::box<3>, {.padding = {0, 1, 1, 2}}>, in) ==
              shape(6, 8, 14));

// An option may be given or left out alone, and equal options are one type.
static_assert(std::same_as<cx::DepthwiseConv2d<{.kernel = 3}>,
                           cx::DepthwiseConv2d<{.kernel = {3, 3}, .multiplier = 1}>>);
static_assert(std::same_as<decltype(cx::depthwise_conv2d<{.kernel = 3}>),
                           const cx::DepthwiseConv2d<{.kernel = 3}>>);
static_assert(std::same_as<decltype(cx::filter2d<cx::taps({{1, 2}, {3, 4}})>),
                           const cx::Filter2d<cx::Taps<2, 2>{{1, 2, 3, 4}}, {.padding = 0}>>);

// Refusals, asked softly; their sentences stand in tests/fail.
static_assert(accepts(cx::depthwise_conv2d<{.kernel = {9, 13}}>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = {10, 13}}>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = {9, 14}}>, in));
static_assert(!accepts(cx::depthwise_conv2d<>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = 3, .stride = 0}>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = 3, .dilation = 0}>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = 3, .padding = -1}>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = 3, .multiplier = 0}>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = 3, .stride = 2, .padding = cx::same}>, in));
static_assert(!accepts(cx::depthwise_conv2d<{.kernel = 1}>, shape(6, 13)));
static_assert(accepts(cx::filter2d<cx::box<9>>, in));
static_assert(!accepts(cx::filter2d<cx::box<10>>, in));
static_assert(!accepts(cx::filter2d<cx::sobel_x, {.dilation = 5}>, in));
static_assert(!accepts(cx::filter2d<cx::sobel_x, {.stride = {1, 0}}>, in));
static_assert(!accepts(
    cx::filter2d<cx::sobel_x, {.padding = 9, .padding_mode = cx::PaddingMode::reflect}>, in));
static_assert(!accepts(cx::filter2d<cx::sobel_x>, shape(6)));

// Taps in their notations, and the filters that have a name.
static_assert(cx::taps({{1, 2, 3}, {4, 5, 6}}) == cx::Taps<2, 3>{{1, 2, 3, 4, 5, 6}});
static_assert(cx::taps({{1}, {2}})(1, 0) == 2);
static_assert(cx::flipped(cx::taps({{1, 2, 3}, {4, 5, 6}})) == cx::taps({{6, 5, 4}, {3, 2, 1}}));
static_assert(cx::flipped(cx::sobel_x)(1, 0) == 2);
static_assert(cx::gaussian<1> == cx::taps({{1}}));
static_assert(cx::gaussian<3> ==
              cx::taps({{0.0625, 0.125, 0.0625}, {0.125, 0.25, 0.125}, {0.0625, 0.125, 0.0625}}));
static_assert(cx::box<2> == cx::taps({{0.25, 0.25}, {0.25, 0.25}}));

namespace {

template <int Size>
constexpr double sum(const cx::Taps<Size, Size>& taps) {
  double total = 0;
  for (const float value : taps.values) total += static_cast<double>(value);
  return total;
}

static_assert(sum(cx::gaussian<2>) == 1 && sum(cx::gaussian<5>) == 1 && sum(cx::gaussian<13>) == 1);
static_assert(sum(cx::sobel_x) == 0 && sum(cx::sobel_y) == 0 && sum(cx::laplacian) == 0);

}  // namespace

BOOST_AUTO_TEST_CASE(wide_bells_and_boxes_sum_to_one_within_rounding) {
  BOOST_TEST(std::abs(sum(cx::gaussian<31>) - 1) < 1e-7);
  BOOST_TEST(std::abs(sum(cx::gaussian<63>) - 1) < 1e-7);
  BOOST_TEST(std::abs(sum(cx::box<7>) - 1) < 1e-7);
  BOOST_TEST(cx::gaussian<63>(0, 0) > 0);
}

BOOST_AUTO_TEST_CASE(the_weight_has_pytorchs_extents) {
  const cx::Declaration d =
      test::declared(cx::depthwise_conv2d<{.kernel = {3, 2}, .multiplier = 2}>, in);
  BOOST_TEST(d.parameter_count == 2);
  BOOST_TEST(d.parameters[0].name == "weight");
  BOOST_TEST((d.parameters[0].extents == std::array{12, 1, 3, 2}));
  BOOST_TEST(d.parameters[1].name == "bias");
  BOOST_TEST(d.parameters[1].size() == 12U);
  BOOST_TEST(d.op.macs == 12LL * 3 * 2 * 7 * 12);
  BOOST_TEST(
      test::declared(cx::depthwise_conv2d<{.kernel = 3, .bias = false}>, in).parameter_count == 1);
}

BOOST_AUTO_TEST_CASE(a_filter_has_taps_and_no_parameters) {
  const cx::Declaration d = test::declared(cx::filter2d<cx::sobel_y>, in);
  BOOST_TEST(d.parameter_count == 0);
  BOOST_TEST(d.op.taps[1] == -2.0F);
  BOOST_TEST(d.op.macs == 6LL * 9 * 7 * 11);
}
