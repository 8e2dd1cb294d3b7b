// Shapes of pooling layers, rounded down and up.
#define BOOST_TEST_MODULE layers_pool2d
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/global_pool.hpp>
#include <convexpr/layers/pool2d.hpp>

#include "declared.hpp"

namespace cx = convexpr;
using cx::shape;
using test::accepts;
using test::output_shape;

constexpr cx::Shape in = shape(5, 12, 7);

// The stride is the kernel unless given.
static_assert(output_shape(cx::max_pool2d<{.kernel = {3, 2}}>, in) == shape(5, 4, 3));
static_assert(output_shape(cx::max_pool2d<{.kernel = 3, .stride = 1}>, in) == shape(5, 10, 5));
static_assert(output_shape(cx::avg_pool2d<{.kernel = {5, 2}}>, in) == shape(5, 2, 3));

// ceil_mode counts the last, partial window, unless it would begin behind the input.
static_assert(output_shape(cx::max_pool2d<{.kernel = 3, .stride = 2}>, in) == shape(5, 5, 3));
static_assert(output_shape(cx::max_pool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}>, in) ==
              shape(5, 6, 3));
static_assert(output_shape(cx::avg_pool2d<{.kernel = {5, 2}, .ceil_mode = true}>, in) ==
              shape(5, 3, 4));
static_assert(
    output_shape(
        cx::max_pool2d<{.kernel = {1, 2}, .stride = {1, 2}, .padding = {0, 1}, .ceil_mode = true}>,
        shape(5, 12, 5)) == shape(5, 12, 3));
static_assert(output_shape(cx::max_pool2d<{.kernel = 3, .padding = 1, .dilation = {2, 1}}>, in) ==
              shape(5, 4, 3));
static_assert(output_shape(cx::global_avg_pool2d, in) == shape(5, 1, 1));
static_assert(output_shape(cx::lp_pool2d<2, {.kernel = {5, 2}}>, in) == shape(5, 2, 3));
static_assert(
    output_shape(
        cx::lp_pool2d<3, {.kernel = 3, .stride = {2, 1}, .padding = {1, 0}, .ceil_mode = true}>,
        in) == shape(5, 7, 5));

static_assert(
    std::same_as<decltype(cx::max_pool2d<{.kernel = 2}>), const cx::MaxPool2d<{.kernel = {2, 2}}>>);

static_assert(!accepts(cx::max_pool2d<{.stride = 2}>, in));
static_assert(!accepts(cx::max_pool2d<{.kernel = {2, 8}}>, in));
static_assert(accepts(cx::max_pool2d<{.kernel = {2, 8}, .padding = {0, 1}}>, in));
static_assert(!accepts(cx::max_pool2d<{.kernel = 3, .padding = 2}>, in));
static_assert(accepts(cx::max_pool2d<{.kernel = 3, .padding = 2, .dilation = 2}>, in));
static_assert(!accepts(cx::avg_pool2d<{.kernel = {2, 3}, .padding = {0, 0, 2, 0}}>, in));
static_assert(!accepts(cx::max_pool2d<{.kernel = 2}>, shape(5)));
static_assert(!accepts(cx::max_pool2d<{.kernel = 2}>, shape(5, 7)));
static_assert(!accepts(cx::max_pool2d<{.kernel = 3, .padding = cx::same}>, in));
static_assert(!accepts(cx::max_pool2d<{.kernel = 3, .dilation = {0, 1}}>, in));
static_assert(!accepts(cx::avg_pool2d<{.kernel = {0, 1}}>, in));
static_assert(!accepts(cx::avg_pool2d<{.kernel = 3, .stride = -1}>, in));
static_assert(!accepts(cx::lp_pool2d<0, {.kernel = 3}>, in));
static_assert(!accepts(cx::lp_pool2d<-2, {.kernel = 3}>, in));
static_assert(!accepts(cx::lp_pool2d<2, {.stride = 1}>, in));
static_assert(!accepts(cx::lp_pool2d<2, {.kernel = 3, .padding = 2}>, in));
static_assert(!accepts(cx::lp_pool2d<2, {.kernel = 3, .padding = {0, -1}}>, in));
static_assert(!accepts(cx::lp_pool2d<2, {.kernel = 8}>, in));
static_assert(!accepts(cx::lp_pool2d<2, {.kernel = 3}>, shape(5)));
static_assert(!accepts(cx::global_avg_pool2d, shape(5, 7)));

BOOST_AUTO_TEST_CASE(pools_have_no_parameters_and_keep_the_channels) {
  for (const cx::Declaration& d : {test::declared(cx::max_pool2d<{.kernel = 2}>, in),
                                   test::declared(cx::avg_pool2d<{.kernel = 2}>, in),
                                   test::declared(cx::lp_pool2d<2, {.kernel = 2}>, in),
                                   test::declared(cx::global_avg_pool2d, in)}) {
    BOOST_TEST(d.parameter_count == 0);
    BOOST_TEST(d.op.macs == 0);
    BOOST_TEST(d.op.out.channels == 5);
  }
}

BOOST_AUTO_TEST_CASE(the_mean_of_an_image_is_a_window_over_all_of_it) {
  BOOST_TEST((test::declared(cx::global_avg_pool2d, in).op.window.kernel == cx::Extent2(12, 7)));
}

BOOST_AUTO_TEST_CASE(a_norm_knows_its_power) {
  BOOST_TEST(test::declared(cx::lp_pool2d<7, {.kernel = 2}>, in).op.power == 7);
}

BOOST_AUTO_TEST_CASE(padding_counts_in_means_unless_told_otherwise) {
  BOOST_TEST(test::declared(cx::avg_pool2d<{.kernel = 2}>, in).op.count_include_pad);
  constexpr auto inside = cx::avg_pool2d<{.kernel = 2, .count_include_pad = false}>;
  BOOST_TEST(!test::declared(inside, in).op.count_include_pad);
}
