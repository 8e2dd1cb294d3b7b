// Normalisations: parameters with PyTorch's names, and what they refuse.
#define BOOST_TEST_MODULE layers_normalisation
#include <array>
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/group_norm.hpp>
#include <convexpr/layers/normalisation.hpp>
#include <limits>
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

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

static_assert(output_shape(cx::layer_norm<>, in) == in);
static_assert(output_shape(cx::layer_norm<>, shape(5, 7)) == shape(5, 7));
static_assert(output_shape(cx::layer_norm<>, shape(5)) == shape(5));
static_assert(test::parameter_values(cx::layer_norm<>, in) == 2 * 5 * 3 * 7);
static_assert(test::parameter_values(cx::layer_norm<{.affine = false}>, in) == 0);
static_assert(!accepts(cx::layer_norm<>, shape(1)) && !accepts(cx::layer_norm<>, shape(1, 1, 1)));
static_assert(!accepts(cx::layer_norm<{.epsilon = 0}>, in));
static_assert(!accepts(cx::layer_norm<{.epsilon = not_a_number}>, in));

static_assert(output_shape(cx::group_norm<3>, shape(6, 3, 7)) == shape(6, 3, 7));
static_assert(output_shape(cx::group_norm<3>, shape(6, 7)) == shape(6, 7));
static_assert(output_shape(cx::group_norm<3>, shape(6)) == shape(6));
static_assert(test::parameter_values(cx::group_norm<3>, shape(6, 3, 7)) == 2 * 6);
static_assert(test::parameter_values(cx::group_norm<3, {.affine = false}>, shape(6, 3, 7)) == 0);
static_assert(!accepts(cx::group_norm<0>, in) && !accepts(cx::group_norm<-1>, in));
static_assert(!accepts(cx::group_norm<3>, in), "5 channels in 3 groups");
static_assert(!accepts(cx::group_norm<10>, in), "more groups than channels");
static_assert(!accepts(cx::group_norm<5>, shape(5)), "one value in each group");
static_assert(accepts(cx::group_norm<5>, in) && accepts(cx::group_norm<1>, shape(5)));
static_assert(!accepts(cx::group_norm<5, {.epsilon = -1}>, in));

static_assert(output_shape(cx::instance_norm2d<>, in) == in);
static_assert(test::parameter_values(cx::instance_norm2d<>, in) == 0);
static_assert(test::parameter_values(cx::instance_norm2d<{.affine = true}>, in) == 2 * 5);
static_assert(!accepts(cx::instance_norm2d<>, shape(5)));
static_assert(!accepts(cx::instance_norm2d<>, shape(5, 7)));
static_assert(!accepts(cx::instance_norm2d<>, shape(5, 1, 1)));
static_assert(accepts(cx::instance_norm2d<>, shape(5, 1, 2)));
static_assert(!accepts(cx::instance_norm2d<{.epsilon = 0}>, in));

BOOST_AUTO_TEST_CASE(layer_norm_learns_a_weight_and_a_bias_of_the_shape_of_its_input) {
  for (const cx::Shape s : {in, shape(5, 7), shape(5)}) {
    const cx::Declaration d = test::declared(cx::layer_norm<>, s);
    BOOST_REQUIRE(d.parameter_count == 2);
    for (const int i : {0, 1}) {
      const cx::ParameterSpec& p = d.parameters[static_cast<std::size_t>(i)];
      BOOST_TEST(p.name == (i == 0 ? "weight" : "bias"));
      BOOST_TEST(p.initial == (i == 0 ? 1.0F : 0.0F));
      BOOST_REQUIRE(p.rank == s.rank);
      for (int a = 0; a < s.rank; ++a) {
        BOOST_TEST(p.extents[static_cast<std::size_t>(a)] == s.extent(a));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_group_norms_have_pytorchs_defaults) {
  BOOST_TEST(test::declared(cx::layer_norm<>, in).op.epsilon == 1e-5F);
  BOOST_TEST(test::declared(cx::group_norm<5>, in).op.epsilon == 1e-5F);
  BOOST_TEST(test::declared(cx::instance_norm2d<>, in).op.epsilon == 1e-5F);
  BOOST_TEST(!test::declared(cx::instance_norm2d<>, in).op.affine);
  BOOST_TEST(test::declared(cx::group_norm<5>, in).op.affine);
}

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
