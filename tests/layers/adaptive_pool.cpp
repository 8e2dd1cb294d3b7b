// Pools whose output has a given size, down to one value a channel.
#define BOOST_TEST_MODULE layers_adaptive_pool
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/adaptive_pool.hpp>
#include <convexpr/layers/global_pool.hpp>
#include <string_view>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::declared;
using test::output_shape;

constexpr cx::Shape image = shape(5, 12, 7);
constexpr cx::Shape sequence = shape(5, 12);

static_assert(output_shape(cx::adaptive_avg_pool2d<4, 3>, image) == shape(5, 4, 3));
static_assert(output_shape(cx::adaptive_max_pool2d<1, 7>, image) == shape(5, 1, 7));
static_assert(output_shape(cx::adaptive_max_pool2d<13, 9>, image) == shape(5, 13, 9));
static_assert(output_shape(cx::adaptive_avg_pool1d<5>, sequence) == shape(5, 5));
static_assert(output_shape(cx::adaptive_max_pool1d<13>, sequence) == shape(5, 13));
static_assert(output_shape(cx::global_avg_pool2d, image) == shape(5, 1, 1));
static_assert(output_shape(cx::global_max_pool2d, image) == shape(5, 1, 1));
static_assert(output_shape(cx::global_avg_pool1d, sequence) == shape(5, 1));
static_assert(output_shape(cx::global_max_pool1d, sequence) == shape(5, 1));

static_assert(!accepts(cx::adaptive_avg_pool2d<0, 3>, image));
static_assert(!accepts(cx::adaptive_max_pool2d<3, -1>, image));
static_assert(!accepts(cx::adaptive_avg_pool2d<3, 3>, sequence));
static_assert(!accepts(cx::adaptive_max_pool2d<3, 3>, shape(5)));
static_assert(!accepts(cx::adaptive_avg_pool1d<0>, sequence));
static_assert(!accepts(cx::adaptive_max_pool1d<0>, sequence));
static_assert(!accepts(cx::adaptive_avg_pool1d<3>, image));
static_assert(!accepts(cx::adaptive_max_pool1d<3>, image));
static_assert(!accepts(cx::global_max_pool2d, sequence));
static_assert(!accepts(cx::global_avg_pool1d, image));
static_assert(!accepts(cx::global_max_pool1d, shape(5)));

BOOST_AUTO_TEST_CASE(the_window_is_that_of_the_parts) {
  const auto window = [](const auto& layer, cx::Shape in) { return declared(layer, in).op.window; };
  BOOST_TEST((window(cx::adaptive_avg_pool2d<4, 7>, image) == cx::Window{{3, 1}, {3, 1}}));
  BOOST_TEST((window(cx::adaptive_max_pool2d<5, 3>, image) == cx::Window{{4, 3}, {2, 2}}));
  BOOST_TEST((window(cx::adaptive_max_pool1d<6>, sequence) == cx::Window{{1, 2}, {1, 2}}));
  BOOST_TEST((window(cx::global_max_pool2d, image) == cx::Window{{12, 7}}));
  BOOST_TEST((window(cx::global_avg_pool1d, sequence) == cx::Window{{1, 12}}));
}

BOOST_AUTO_TEST_CASE(pools_of_sequences_say_their_own_name) {
  const auto name = [](const auto& layer) { return cx::name(declared(layer, sequence).op); };
  BOOST_TEST(name(cx::adaptive_avg_pool1d<4>) == "AdaptiveAvgPool1d");
  BOOST_TEST(name(cx::adaptive_max_pool1d<4>) == "AdaptiveMaxPool1d");
  BOOST_TEST(name(cx::global_avg_pool1d) == "GlobalAvgPool1d");
  BOOST_TEST(name(cx::global_max_pool1d) == "GlobalMaxPool1d");
}

BOOST_AUTO_TEST_CASE(refusals_too) {
  const auto says = [](const cx::Declaration& d, std::string_view fact) {
    return d.refusal.fact.view() == fact;
  };
  BOOST_TEST(says(declared(cx::adaptive_avg_pool2d<1, 1>, sequence),
                  "adaptive_avg_pool2d: the input must be an image"));
  BOOST_TEST(says(declared(cx::adaptive_max_pool2d<0, 1>, image),
                  "adaptive_max_pool2d: the extents must be positive"));
  BOOST_TEST(says(declared(cx::adaptive_avg_pool1d<0>, sequence),
                  "adaptive_avg_pool1d: the length must be positive"));
  BOOST_TEST(says(declared(cx::adaptive_max_pool1d<1>, image),
                  "adaptive_max_pool1d: the input must be a sequence"));
  BOOST_TEST(says(declared(cx::global_max_pool1d, image),
                  "global_max_pool1d: the input must be a sequence"));
}
