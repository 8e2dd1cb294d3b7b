// Enlarged images, alone and on the way back up.
#define BOOST_TEST_MODULE upsample
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {
constexpr auto bilinear = cx::UpsampleMode::bilinear;
}  // namespace

BOOST_AUTO_TEST_CASE(nearest_pixels) {
  check<cx::Input<17, 3, 5>>(cx::upsample<{.scale = 2}>);
  check<cx::Input<3, 4, 1>>(cx::upsample<{.scale = {1, 3}}>);
}

BOOST_AUTO_TEST_CASE(lines_between_centres) {
  check<cx::Input<33, 3, 5>>(cx::upsample<{.scale = 2, .mode = bilinear}>);
  check<cx::Input<6, 4, 3>>(cx::upsample<{.scale = {3, 4}, .mode = bilinear}>);
  check<cx::Input<1, 5, 1>>(cx::upsample<{.scale = {1, 3}, .mode = bilinear}>);
}

BOOST_AUTO_TEST_CASE(down_and_up_again_with_a_skip) {
  check<cx::Input<3, 6, 8>>(
      cx::conv2d<16, {.kernel = 3, .padding = 1}> | cx::relu |
      cx::concat(cx::identity, cx::max_pool2d<{.kernel = 2}> |
                                   cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::relu |
                                   cx::upsample<{.scale = 2, .mode = bilinear}>) |
      cx::conv2d<6, {.kernel = 3, .padding = 2}>);
}

BOOST_AUTO_TEST_CASE(a_convolution_reads_the_enlarged_image_with_its_border) {
  check<cx::Input<6, 3, 4>>(
      cx::conv2d<16, {.kernel = 1}> |
      cx::sum(cx::upsample<{.scale = 3}>, cx::upsample<{.scale = 3, .mode = bilinear}> | cx::tanh) |
      cx::conv2d<3, {.kernel = 5, .padding = 2}>);
}
