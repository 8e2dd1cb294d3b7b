// Pooling over sequences, whose kernels are those of images of one row.
#define BOOST_TEST_MODULE pools1d
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(maxima_of_windows) {
  check<cx::Input<17, 23>>(cx::max_pool1d<{.kernel = 3, .stride = 2, .padding = {1, 0}}>);
  check<cx::Input<6, 19>>(
      cx::max_pool1d<{.kernel = 4, .stride = 3, .padding = 2, .dilation = 2, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(means_of_windows) {
  check<cx::Input<33, 14>>(
      cx::avg_pool1d<{.kernel = 4, .stride = 3, .padding = {2, 1}, .ceil_mode = true}>);
  check<cx::Input<3, 11>>(cx::avg_pool1d<{.kernel = 3, .padding = 1, .count_include_pad = false}>);
}

BOOST_AUTO_TEST_CASE(norms_of_windows) {
  check<cx::Input<17, 14>>(
      cx::lp_pool1d<2, {.kernel = 4, .stride = 3, .padding = {0, 1}, .ceil_mode = true}>);
}

BOOST_AUTO_TEST_CASE(parts_and_whole_sequences) {
  check<cx::Input<6, 13>>(
      cx::concat(cx::adaptive_avg_pool1d<5>, cx::tanh | cx::adaptive_max_pool1d<5>) |
      cx::adaptive_max_pool1d<7>);
  check<cx::Input<33, 9>>(cx::concat(cx::global_avg_pool1d, cx::global_max_pool1d) | cx::flatten |
                          cx::linear<3>);
}
