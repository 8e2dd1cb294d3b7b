// Shapes, parameters and costs of convolutions.
#define BOOST_TEST_MODULE layers_conv2d
#include <array>
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/conv2d.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::output_shape;

constexpr cx::Shape in = shape(6, 9, 13);

// Facts, worked out by hand with H' = floor((H + 2p - d(k-1) - 1) / s) + 1.
static_assert(output_shape(cx::conv2d<8, {.kernel = 3}>, in) == shape(8, 7, 11));
static_assert(output_shape(cx::conv2d<8, {.kernel = {1, 5}}>, in) == shape(8, 9, 9));
static_assert(output_shape(cx::conv2d<8, {.kernel = 3, .stride = 2, .padding = 1}>, in) ==
              shape(8, 5, 7));
static_assert(output_shape(cx::conv2d<8, {.kernel = 2, .stride = {2, 3}}>, in) == shape(8, 4, 4));
static_assert(output_shape(cx::conv2d<8, {.kernel = 3, .dilation = {4, 2}}>, in) == shape(8, 1, 9));
static_assert(output_shape(cx::conv2d<8, {.kernel = {2, 3}, .padding = {0, 1, 1, 2}}>, in) ==
              shape(8, 9, 14));
static_assert(output_shape(cx::conv2d<4, {.kernel = 9, .padding = {0, 4}, .groups = 2}>, in) ==
              shape(4, 1, 13));

// `same` keeps the extents; a padding mode changes no shape.
static_assert(output_shape(cx::conv2d<8, {.kernel = {4, 3}, .padding = cx::same}>, in) ==
              shape(8, 9, 13));
static_assert(output_shape(cx::conv2d<8, {.kernel = {2, 6},
                                          .padding = cx::same,
                                          .dilation = {7, 3},
                                          .padding_mode = cx::PaddingMode::mean}>,
                           in) == shape(8, 9, 13));
static_assert(output_shape(cx::conv2d<8, {.kernel = 3,
                                          .stride = {1, 2},
                                          .padding = {2, 1, 0, 3},
                                          .padding_mode = cx::PaddingMode::circular}>,
                           in) == shape(8, 9, 8));

// An option may be given or left out alone, and equal options are one type.
static_assert(std::same_as<cx::Conv2d<8, {.kernel = 3}>,
                           cx::Conv2d<8, {.kernel = {3, 3}, .padding = 0, .groups = 1}>>);
static_assert(
    std::same_as<decltype(cx::conv2d<8, {.kernel = 3}>), const cx::Conv2d<8, {.kernel = 3}>>);

// Refusals, asked softly; their sentences stand in tests/fail.
static_assert(accepts(cx::conv2d<8, {.kernel = {9, 13}}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = {10, 13}}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = {9, 14}}>, in));
static_assert(accepts(cx::conv2d<8, {.kernel = {11, 14}, .padding = {1, 0, 1, 1}}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 3, .dilation = 5}>, in));
static_assert(accepts(cx::conv2d<9, {.kernel = 1, .groups = 3}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 1, .groups = 3}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 1, .groups = 4}>, in));
static_assert(!accepts(cx::conv2d<8>, in));
static_assert(!accepts(cx::conv2d<0, {.kernel = 1}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 1}>, shape(6)));
static_assert(!accepts(cx::conv2d<8, {.kernel = 1}>, shape(6, 13)));

// A border that is made of the image is no wider than what it is made of.
template <cx::Padding P, cx::PaddingMode M>
constexpr auto bordered = cx::conv2d<8, {.kernel = 1, .padding = P, .padding_mode = M}>;
using cx::PaddingMode;
static_assert(accepts(bordered<cx::Padding{8, 12, 8, 12}, PaddingMode::reflect>, in));
static_assert(!accepts(bordered<cx::Padding{9, 0, 0, 0}, PaddingMode::reflect>, in));
static_assert(!accepts(bordered<cx::Padding{0, 13, 0, 0}, PaddingMode::reflect>, in));
static_assert(!accepts(bordered<cx::Padding{0, 0, 9, 0}, PaddingMode::reflect>, in));
static_assert(!accepts(bordered<cx::Padding{0, 0, 0, 13}, PaddingMode::reflect>, in));
static_assert(accepts(bordered<cx::Padding{9, 13, 9, 13}, PaddingMode::circular>, in));
static_assert(!accepts(bordered<cx::Padding{10, 0, 0, 0}, PaddingMode::circular>, in));
static_assert(!accepts(bordered<cx::Padding{0, 14, 0, 0}, PaddingMode::circular>, in));
static_assert(!accepts(bordered<cx::Padding{0, 0, 10, 0}, PaddingMode::circular>, in));
static_assert(!accepts(bordered<cx::Padding{0, 0, 0, 14}, PaddingMode::circular>, in));
static_assert(accepts(bordered<cx::Padding{20, 30, 40, 50}, PaddingMode::replicate>, in));
static_assert(accepts(bordered<cx::Padding{20, 30, 40, 50}, PaddingMode::mean>, in));
static_assert(accepts(bordered<cx::Padding{20, 30, 40, 50}, PaddingMode::zeros>, in));
static_assert(!accepts(
    cx::conv2d<8, {.kernel = {21, 1}, .padding = cx::same, .padding_mode = PaddingMode::circular}>,
    in));

// `same` has no answer where the window skips positions.
static_assert(accepts(cx::conv2d<8, {.kernel = {21, 40}, .padding = cx::same}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 1, .stride = {1, 2}, .padding = cx::same}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 0, .padding = cx::same}>, in));
static_assert(!accepts(cx::conv2d<8, {.padding = cx::same}>, in));

// An exact fit leaves no row and no column over.
static_assert(accepts(cx::conv2d<8, {.kernel = 3, .stride = {2, 5}, .exact_fit = true}>, in));
static_assert(accepts(cx::conv2d<8, {.kernel = 3, .stride = {4, 3}}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 3, .stride = {4, 2}, .exact_fit = true}>, in));
static_assert(!accepts(cx::conv2d<8, {.kernel = 3, .stride = {2, 3}, .exact_fit = true}>, in));
static_assert(accepts(cx::conv2d<8, {.kernel = 3, .padding = cx::same, .exact_fit = true}>, in));

BOOST_AUTO_TEST_CASE(same_padding_becomes_numbers_the_larger_ones_at_the_end) {
  const cx::Declaration d = test::declared(
      cx::conv2d<8, {.kernel = {4, 2}, .padding = cx::same, .dilation = {1, 3}}>, in);
  BOOST_TEST((d.op.window.padding == cx::Padding(1, 1, 2, 2)));
}

BOOST_AUTO_TEST_CASE(a_refused_fit_names_a_padding_only_where_the_mode_has_it) {
  using cx::PaddingMode;
  const auto refused = [](const auto& layer) {
    return test::declared(layer, shape(6, 2, 9)).refusal;
  };
  const cx::Refusal zeros = refused(
      cx::conv2d<8, {.kernel = {1, 3}, .stride = {4, 3}, .padding = {0, 1}, .exact_fit = true}>);
  BOOST_TEST(zeros.got.view() == "1 row and 2 columns left over");
  BOOST_TEST(zeros.hint.view() == "write .padding = {0, 1, 3, 2}, or make the input 5x10");
  const cx::Refusal reflected = refused(cx::conv2d<8, {.kernel = {1, 3},
                                                       .stride = {4, 3},
                                                       .padding = {0, 1},
                                                       .padding_mode = PaddingMode::reflect,
                                                       .exact_fit = true}>);
  BOOST_TEST(reflected.hint.view() == "make the input 5x10");
}

BOOST_AUTO_TEST_CASE(the_weight_has_pytorchs_extents) {
  const cx::Declaration d = test::declared(cx::conv2d<8, {.kernel = {3, 2}, .groups = 2}>, in);
  BOOST_TEST(d.parameter_count == 2);
  BOOST_TEST(d.parameters[0].name == "weight");
  BOOST_TEST((d.parameters[0].extents == std::array{8, 3, 3, 2}));
  BOOST_TEST(d.parameters[0].rank == 4);
  BOOST_TEST(d.parameters[1].name == "bias");
  BOOST_TEST(d.parameters[1].size() == 8U);
}

BOOST_AUTO_TEST_CASE(without_a_bias_the_weight_is_alone) {
  const cx::Declaration d = test::declared(cx::conv2d<8, {.kernel = 3, .bias = false}>, in);
  BOOST_TEST(d.parameter_count == 1);
  BOOST_TEST(!d.op.bias);
}

BOOST_AUTO_TEST_CASE(each_output_costs_one_product_for_each_weight_that_it_sees) {
  const auto layer = cx::conv2d<4, {.kernel = {3, 2}, .stride = 2, .padding = 1, .groups = 2}>;
  const cx::Shape out = output_shape(layer, in);
  long long products = 0;
  for (int o = 0; o < 4; ++o) {
    for (int i = 0; i < out.height; ++i) {
      for (int j = 0; j < out.width; ++j) products += 6 / 2 * 3 * 2;
    }
  }
  BOOST_TEST(test::declared(layer, in).op.macs == products);
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_would_fit) {
  const cx::Refusal r = test::declared(cx::conv2d<8, {.kernel = 3, .dilation = 6}>, in).refusal;
  BOOST_TEST(r.got.view() == "kernel 13x13 with its dilation");
  BOOST_TEST(r.wanted.view() == "at most 9x13");
}
