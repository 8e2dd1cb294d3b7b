// Shapes of pooling layers over sequences: images of one row that say their own name.
#define BOOST_TEST_MODULE layers_pool1d
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/pool1d.hpp>
#include <string_view>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::declared;
using test::output_shape;

constexpr cx::Shape in = shape(5, 12);

// The stride is the kernel unless given.
static_assert(output_shape(cx::max_pool1d<{.kernel = 5}>, in) == shape(5, 2));
static_assert(output_shape(cx::max_pool1d<{.kernel = 3, .stride = 1}>, in) == shape(5, 10));
static_assert(output_shape(cx::avg_pool1d<{.kernel = 5}>, in) == shape(5, 2));
static_assert(output_shape(cx::lp_pool1d<2, {.kernel = 5}>, in) == shape(5, 2));

static_assert(output_shape(cx::max_pool1d<{.kernel = 3, .padding = {1, 0}, .dilation = 3}>, in) ==
              shape(5, 3));
static_assert(output_shape(cx::max_pool1d<{.kernel = 5, .ceil_mode = true}>, in) == shape(5, 3));
// A fourth window would begin behind the input.
static_assert(output_shape(cx::avg_pool1d<{.kernel = 5, .padding = 2, .ceil_mode = true}>, in) ==
              shape(5, 3));
static_assert(output_shape(cx::lp_pool1d<3, {.kernel = 4, .stride = 3, .padding = {2, 1}}>, in) ==
              shape(5, 4));

static_assert(std::same_as<decltype(cx::avg_pool1d<{.kernel = 2}>),
                           const cx::AvgPool1d<{.kernel = 2, .padding = {0, 0}}>>);

static_assert(!accepts(cx::max_pool1d<{.kernel = 2}>, shape(5, 3, 12)));
static_assert(!accepts(cx::max_pool1d<{.kernel = 2}>, shape(5)));
static_assert(!accepts(cx::max_pool1d<{.stride = 2}>, in));
static_assert(!accepts(cx::max_pool1d<{.kernel = 0}>, in));
static_assert(!accepts(cx::max_pool1d<{.kernel = 2, .stride = 0}>, in));
static_assert(!accepts(cx::max_pool1d<{.kernel = 2, .dilation = 0}>, in));
static_assert(!accepts(cx::max_pool1d<{.kernel = 2, .padding = {0, -1}}>, in));
static_assert(!accepts(cx::max_pool1d<{.kernel = 3, .padding = {0, 2}}>, in));
static_assert(!accepts(cx::max_pool1d<{.kernel = 3, .padding = cx::same}>, in));
static_assert(!accepts(cx::max_pool1d<{.kernel = 13}>, in));
static_assert(accepts(cx::max_pool1d<{.kernel = 13, .padding = {1, 0}}>, in));
static_assert(!accepts(cx::avg_pool1d<{.kernel = 2}>, shape(5, 3, 12)));
static_assert(!accepts(cx::avg_pool1d<{.kernel = 2, .padding = 2}>, in));
static_assert(!accepts(cx::lp_pool1d<2, {.kernel = 2}>, shape(5, 3, 12)));
static_assert(!accepts(cx::lp_pool1d<0, {.kernel = 2}>, in));

BOOST_AUTO_TEST_CASE(a_sequence_is_an_image_of_one_row) {
  const cx::Operation op = declared(cx::max_pool1d<{.kernel = 3, .padding = {1, 0}}>, in).op;
  BOOST_TEST((op.kind == cx::Kind::max_pool2d));
  BOOST_TEST((op.window == cx::Window{{1, 3}, {1, 3}, {1, 1}, {0, 1, 0, 0}}));
}

BOOST_AUTO_TEST_CASE(pools_of_sequences_say_their_own_name) {
  BOOST_TEST(cx::name(declared(cx::max_pool1d<{.kernel = 3}>, in).op) == "MaxPool1d");
  BOOST_TEST(cx::name(declared(cx::avg_pool1d<{.kernel = 3}>, in).op) == "AvgPool1d");
  BOOST_TEST(cx::name(declared(cx::lp_pool1d<1, {.kernel = 3}>, in).op) == "LpPool1d");
}

BOOST_AUTO_TEST_CASE(refusals_too) {
  const auto says = [](const cx::Declaration& d, std::string_view fact) {
    return d.refusal.fact.view() == fact;
  };
  BOOST_TEST(
      says(declared(cx::max_pool1d<{.kernel = 0}>, in), "max_pool1d: the kernel must be positive"));
  BOOST_TEST(says(declared(cx::avg_pool1d<{.kernel = 3, .stride = 0}>, in),
                  "avg_pool1d: the stride must be positive"));
  BOOST_TEST(says(declared(cx::avg_pool1d<{.kernel = 3}>, shape(5)),
                  "avg_pool1d: the input must be a sequence"));
  BOOST_TEST(says(declared(cx::lp_pool1d<2, {}>, in), "lp_pool1d: the kernel is missing"));
  BOOST_TEST(says(declared(cx::lp_pool1d<2, {.kernel = 2, .padding = {2, 0}}>, in),
                  "lp_pool1d: the padding must be at most half the kernel"));
}

BOOST_AUTO_TEST_CASE(options_arrive) {
  constexpr auto inside = cx::avg_pool1d<{.kernel = 2, .count_include_pad = false}>;
  BOOST_TEST(!declared(inside, in).op.count_include_pad);
  BOOST_TEST(declared(cx::lp_pool1d<5, {.kernel = 2}>, in).op.power == 5);
}
