// Shapes of enlarged images, and what is no scale.
#define BOOST_TEST_MODULE layers_upsample
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/upsample.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::declared;
using test::output_shape;

constexpr cx::Shape in = shape(5, 4, 7);
constexpr auto bilinear = cx::UpsampleMode::bilinear;

static_assert(output_shape(cx::upsample<{.scale = 3}>, in) == shape(5, 12, 21));
static_assert(output_shape(cx::upsample<{.scale = {1, 2}, .mode = bilinear}>, in) ==
              shape(5, 4, 14));
static_assert(
    std::same_as<decltype(cx::upsample<{.scale = 2}>),
                 const cx::Upsample<{.scale = {2, 2}, .mode = cx::UpsampleMode::nearest}>>);

static_assert(!accepts(cx::upsample<{}>, in));
static_assert(!accepts(cx::upsample<{.mode = bilinear}>, in));
static_assert(!accepts(cx::upsample<{.scale = 0}>, in));
static_assert(!accepts(cx::upsample<{.scale = {2, -1}}>, in));
static_assert(!accepts(cx::upsample<{.scale = 2}>, shape(5, 7)));
static_assert(!accepts(cx::upsample<{.scale = 2}>, shape(5)));

BOOST_AUTO_TEST_CASE(modes_are_kinds_of_their_own) {
  BOOST_TEST((declared(cx::upsample<{.scale = 2}>, in).op.kind == cx::Kind::upsample_nearest));
  BOOST_TEST((declared(cx::upsample<{.scale = 2, .mode = bilinear}>, in).op.kind ==
              cx::Kind::upsample_bilinear));
}
