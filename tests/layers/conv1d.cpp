// Shapes, parameters and costs of convolutions of sequences.
#define BOOST_TEST_MODULE layers_conv1d
#include <array>
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/conv1d.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::PaddingMode;
using cx::shape;
using test::accepts;
using test::output_shape;

constexpr cx::Shape in = shape(6, 13);

// Facts, worked out by hand with L' = floor((L + 2p - d(k-1) - 1) / s) + 1.
static_assert(output_shape(cx::conv1d<8, {.kernel = 3}>, in) == shape(8, 11));
static_assert(output_shape(cx::conv1d<8, {.kernel = 4, .stride = 3, .padding = 1}>, in) ==
              shape(8, 4));
static_assert(output_shape(cx::conv1d<8, {.kernel = 5, .padding = {0, 3}, .dilation = 2}>, in) ==
              shape(8, 8));
static_assert(output_shape(cx::conv1d<8, {.kernel = 6, .padding = cx::same, .dilation = 3}>, in) ==
              shape(8, 13));
static_assert(test::declared(cx::conv1d<8, {.kernel = 6, .padding = cx::same}>, in)
                  .op.window.padding == cx::Padding(0, 2, 0, 3));

// An option may be given or left out alone, and equal options are one type.
static_assert(std::same_as<cx::Conv1d<8, {.kernel = 3}>,
                           cx::Conv1d<8, {.kernel = 3, .padding = {0, 0}, .groups = 1}>>);
static_assert(
    std::same_as<decltype(cx::conv1d<8, {.kernel = 3}>), const cx::Conv1d<8, {.kernel = 3}>>);

// Refusals, asked softly; their sentences stand in tests/fail.
static_assert(accepts(cx::conv1d<8, {.kernel = 13}>, in));
static_assert(!accepts(cx::conv1d<8, {.kernel = 14}>, in));
static_assert(!accepts(cx::conv1d<8, {.kernel = 3}>, shape(6, 1, 13)));
static_assert(!accepts(cx::conv1d<8, {.kernel = 3}>, shape(6)));
static_assert(!accepts(cx::conv1d<8>, in));
static_assert(accepts(cx::conv1d<8, {.kernel = 3, .stride = 5, .exact_fit = true}>, in));
static_assert(!accepts(cx::conv1d<8, {.kernel = 3, .stride = 3, .exact_fit = true}>, in));
template <cx::Padding1 P, PaddingMode M>
constexpr auto bordered = cx::conv1d<8, {.kernel = 1, .padding = P, .padding_mode = M}>;
static_assert(accepts(bordered<cx::Padding1{12, 12}, PaddingMode::reflect>, in));
static_assert(!accepts(bordered<cx::Padding1{13, 0}, PaddingMode::reflect>, in));
static_assert(!accepts(bordered<cx::Padding1{0, 13}, PaddingMode::reflect>, in));
static_assert(accepts(bordered<cx::Padding1{13, 13}, PaddingMode::circular>, in));
static_assert(!accepts(bordered<cx::Padding1{14, 0}, PaddingMode::circular>, in));
static_assert(!accepts(bordered<cx::Padding1{0, 14}, PaddingMode::circular>, in));
static_assert(accepts(bordered<cx::Padding1{40, 50}, PaddingMode::replicate>, in));

BOOST_AUTO_TEST_CASE(it_is_a_convolution_of_an_image_of_one_row_under_its_own_name) {
  const cx::Declaration d = test::declared(
      cx::conv1d<8, {.kernel = 3, .stride = 2, .padding = {4, 1}, .dilation = 5, .groups = 2}>, in);
  BOOST_TEST((d.op.kind == cx::Kind::conv2d));
  BOOST_TEST(cx::name(d.op) == "Conv1d");
  BOOST_TEST((d.op.window == cx::Window{{1, 3}, {1, 2}, {1, 5}, {0, 4, 0, 1}}));
  BOOST_TEST((d.op.out == shape(8, 4)));
  BOOST_TEST(d.op.macs == 8 * 3 * 3 * 4);
}

BOOST_AUTO_TEST_CASE(the_weight_has_pytorchs_three_extents) {
  const cx::Declaration d = test::declared(cx::conv1d<8, {.kernel = 5, .groups = 2}>, in);
  BOOST_TEST(d.parameter_count == 2);
  BOOST_TEST(d.parameters[0].rank == 3);
  BOOST_TEST(d.parameters[0].extents[0] == 8);
  BOOST_TEST(d.parameters[0].extents[1] == 3);
  BOOST_TEST(d.parameters[0].extents[2] == 5);
  BOOST_TEST(d.parameters[0].size() == 8U * 3 * 5);
  BOOST_TEST(d.parameters[1].size() == 8U);
  BOOST_TEST(test::parameter_values(cx::conv1d<8, {.kernel = 5, .bias = false}>, in) == 8 * 6 * 5);
}
