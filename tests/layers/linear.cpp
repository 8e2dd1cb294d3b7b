// Dense layers, and images as vectors.
#define BOOST_TEST_MODULE layers_linear
#include <array>
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/linear.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::output_shape;

static_assert(output_shape(cx::flatten, shape(5, 3, 7)) == shape(105));
static_assert(output_shape(cx::flatten, shape(5, 7)) == shape(35));
static_assert(output_shape(cx::flatten, shape(5)) == shape(5));
static_assert(output_shape(cx::linear<11>, shape(105)) == shape(11));

static_assert(!accepts(cx::linear<11>, shape(5, 3, 7)));
static_assert(!accepts(cx::linear<11>, shape(5, 7)));
static_assert(!accepts(cx::linear<11>, shape(5, 1, 1)));
static_assert(!accepts(cx::linear<0>, shape(5)));

BOOST_AUTO_TEST_CASE(the_weight_has_one_row_for_each_output) {
  const cx::Declaration d = test::declared(cx::linear<11>, shape(6));
  BOOST_TEST((d.parameters[0].extents == std::array{11, 6, 0, 0}));
  BOOST_TEST(d.parameters[0].rank == 2);
  BOOST_TEST(test::parameter_values(cx::linear<11>, shape(6)) == 11 * 6 + 11);
  BOOST_TEST(d.op.macs == 11 * 6);
}

BOOST_AUTO_TEST_CASE(the_bias_may_be_left_out) {
  BOOST_TEST(test::parameter_values(cx::linear<11, {.bias = false}>, shape(6)) == 11 * 6);
}

BOOST_AUTO_TEST_CASE(an_image_is_told_how_many_features_flatten_would_make) {
  const cx::Refusal r = test::declared(cx::linear<11>, shape(5, 3, 7)).refusal;
  BOOST_TEST(r.got.view() == "5x3x7, an image");
  BOOST_TEST(r.wanted.view() == "a vector, such as the 105 features of flatten");
  BOOST_TEST(test::declared(cx::linear<11>, shape(5, 7)).refusal.got.view() == "5x7, a sequence");
}
