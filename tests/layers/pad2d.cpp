// Shapes of images with a border.
#define BOOST_TEST_MODULE layers_pad2d
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/pad2d.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::PaddingMode;
using cx::shape;
using test::accepts;
using test::output_shape;

constexpr cx::Shape in = shape(5, 3, 7);

static_assert(output_shape(cx::pad2d<{.padding = 2}>, in) == shape(5, 7, 11));
static_assert(output_shape(cx::pad2d<{.padding = {0, 4}}>, in) == shape(5, 3, 15));
static_assert(output_shape(cx::pad2d<{.padding = {1, 2, 3, 5}}>, in) == shape(5, 7, 14));
static_assert(output_shape(cx::pad2d<{.padding = 0}>, in) == in);
static_assert(
    output_shape(cx::pad2d<{.padding = {2, 6, 0, 1}, .padding_mode = PaddingMode::reflect}>, in) ==
    shape(5, 5, 14));

static_assert(
    std::same_as<decltype(cx::pad2d<{.padding = 1}>),
                 const cx::Pad2d<{.padding = {1, 1}, .padding_mode = PaddingMode::zeros}>>);

// Refusals, asked softly; their sentences stand in tests/fail.
template <cx::Padding P, PaddingMode M>
constexpr auto border = cx::pad2d<{.padding = P, .padding_mode = M}>;
static_assert(accepts(border<cx::Padding{2, 6, 2, 6}, PaddingMode::reflect>, in));
static_assert(!accepts(border<cx::Padding{3, 0, 0, 0}, PaddingMode::reflect>, in));
static_assert(!accepts(border<cx::Padding{0, 7, 0, 0}, PaddingMode::reflect>, in));
static_assert(!accepts(border<cx::Padding{0, 0, 3, 0}, PaddingMode::reflect>, in));
static_assert(!accepts(border<cx::Padding{0, 0, 0, 7}, PaddingMode::reflect>, in));
static_assert(accepts(border<cx::Padding{3, 7, 3, 7}, PaddingMode::circular>, in));
static_assert(!accepts(border<cx::Padding{0, 0, 4, 0}, PaddingMode::circular>, in));
static_assert(!accepts(border<cx::Padding{0, 8, 0, 0}, PaddingMode::circular>, in));
static_assert(accepts(border<cx::Padding{9, 9, 9, 9}, PaddingMode::replicate>, in));
static_assert(accepts(border<cx::Padding{9, 9, 9, 9}, PaddingMode::mean>, in));
static_assert(!accepts(border<cx::Padding{0, 0, 0, -1}, PaddingMode::zeros>, in));
static_assert(!accepts(border<cx::Padding{cx::same}, PaddingMode::zeros>, in));
static_assert(!accepts(cx::pad2d<>, in));
static_assert(!accepts(cx::pad2d<{.padding = 1}>, shape(5)));
static_assert(!accepts(cx::pad2d<{.padding = 1}>, shape(5, 7)));

BOOST_AUTO_TEST_CASE(a_border_has_no_parameters_and_costs_no_products) {
  const cx::Declaration d = test::declared(cx::pad2d<{.padding = {1, 2, 3, 5}}>, in);
  BOOST_TEST(cx::name(d.op) == "Pad2d");
  BOOST_TEST(d.parameter_count == 0);
  BOOST_TEST(d.op.macs == 0);
  BOOST_TEST((d.op.window.padding == cx::Padding(1, 2, 3, 5)));
}
