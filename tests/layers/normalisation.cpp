// Normalisations: parameters with PyTorch's names, and what they refuse.
#define BOOST_TEST_MODULE layers_normalisation
#include <array>
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/normalisation.hpp>
#include <string_view>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::output_shape;

constexpr cx::Shape in = shape(5, 3, 7);

static_assert(output_shape(cx::batch_norm2d<>, in) == in);
static_assert(output_shape(cx::local_response_norm<{.size = 5}>, in) == in);
static_assert(!accepts(cx::batch_norm2d<>, shape(5)));
static_assert(!accepts(cx::batch_norm2d<{.epsilon = 0}>, in));
static_assert(!accepts(cx::batch_norm2d<{.epsilon = -1e-5F}>, in));
static_assert(!accepts(cx::batch_norm2d<{.momentum = -0.1F}>, in));
static_assert(!accepts(cx::batch_norm2d<{.momentum = 1.1F}>, in));
static_assert(accepts(cx::batch_norm2d<{.momentum = 1}>, in));
static_assert(!accepts(cx::local_response_norm<{.size = 0}>, in));
static_assert(!accepts(cx::local_response_norm<{}>, in));
static_assert(!accepts(cx::local_response_norm<{.size = 5}>, shape(5)));
static_assert(accepts(cx::local_response_norm<{.size = 9}>, in), "more neighbours than channels");

BOOST_AUTO_TEST_CASE(batch_norm_has_two_learned_and_two_running_parameters) {
  const cx::Declaration d = test::declared(cx::batch_norm2d<>, in);
  const std::array<std::string_view, 4> names{"weight", "bias", "running_mean", "running_var"};
  BOOST_REQUIRE(d.parameter_count == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(d.parameters[i].name == names[i]);
    BOOST_TEST(d.parameters[i].size() == 5U);
    BOOST_TEST(d.parameters[i].learned == (i < 2));
    BOOST_TEST(d.parameters[i].initial == (i == 0 || i == 3 ? 1.0F : 0.0F));
  }
}

BOOST_AUTO_TEST_CASE(without_affine_the_statistics_are_left) {
  const cx::Declaration d = test::declared(cx::batch_norm2d<{.affine = false}>, in);
  BOOST_REQUIRE(d.parameter_count == 2);
  BOOST_TEST(d.parameters[0].name == "running_mean");
}

BOOST_AUTO_TEST_CASE(defaults_are_pytorchs) {
  const cx::Operation norm = test::declared(cx::batch_norm2d<>, in).op;
  BOOST_TEST(norm.epsilon == 1e-5F);
  BOOST_TEST(norm.momentum == 0.1F);
  const cx::Operation local = test::declared(cx::local_response_norm<{.size = 5}>, in).op;
  BOOST_TEST(local.alpha == 1e-4F);
  BOOST_TEST(local.beta == 0.75F);
  BOOST_TEST(local.k == 1.0F);
}
