// Small networks with batch norms, groups and strides, in both modes.
#define BOOST_TEST_MODULE towers
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {
template <int Out, int Stride>
inline constexpr auto normal =
    cx::conv2d<Out, {.kernel = 3, .stride = Stride, .padding = 1, .bias = false}> |
    cx::batch_norm2d<>;
template <int Out>
inline constexpr auto pointwise =
    cx::conv2d<Out, {.kernel = 1, .bias = false}> | cx::batch_norm2d<>;
template <int Channels, int Stride>
inline constexpr auto depthwise =
    cx::conv2d<Channels,
               {.kernel = 3, .stride = Stride, .padding = 1, .groups = Channels, .bias = false}> |
    cx::batch_norm2d<> | cx::relu;
}  // namespace

BOOST_AUTO_TEST_CASE(two_blocks_of_a_resnet) {
  check<cx::Input<3, 9, 7>>(
      normal<16, 2> | cx::relu | cx::max_pool2d<{.kernel = 3, .stride = 2, .padding = 1}> |
      cx::residual(normal<16, 1> | cx::relu | normal<16, 1>) | cx::relu |
      cx::residual(normal<17, 2> | cx::relu | normal<17, 1>,
                   cx::conv2d<17, {.kernel = 1, .stride = 2, .bias = false}> | cx::batch_norm2d<>) |
      cx::relu | cx::global_avg_pool2d | cx::flatten | cx::linear<6>);
}

BOOST_AUTO_TEST_CASE(blocks_of_a_mobile_net) {
  check<cx::Input<3, 8, 7>>(
      normal<6, 1> | cx::relu |
      cx::residual(pointwise<33> | cx::relu | depthwise<33, 1> | pointwise<6>) | pointwise<17> |
      depthwise<17, 2> | pointwise<6> | cx::global_avg_pool2d | cx::flatten | cx::linear<3>);
}

BOOST_AUTO_TEST_CASE(normalised_parts_of_a_concat) {
  check<cx::Input<3, 5, 7>>(cx::batch_norm2d<> |
                            cx::concat(pointwise<16> | cx::relu, pointwise<6>,
                                       cx::avg_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>) |
                            cx::batch_norm2d<> | cx::relu | cx::conv2d<6, {.kernel = 2}>);
}

BOOST_AUTO_TEST_CASE(normalised_before_and_after_a_skip) {
  check<cx::Input<17, 4, 5>>(
      cx::residual(cx::batch_norm2d<> | cx::relu | cx::conv2d<17, {.kernel = 3, .padding = 1}>) |
      cx::residual(cx::batch_norm2d<> | cx::tanh) | cx::batch_norm2d<{.affine = false}>);
}
