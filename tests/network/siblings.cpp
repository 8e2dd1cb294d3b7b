// Sibling convolutions of an input that is too large for the cache.
#define BOOST_TEST_MODULE siblings
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(siblings_whose_input_is_cut_into_bands) {
  // More than a band of 256 KiB. With vectors of 16 the first has tiles of six rows, the second of
  // four, for three blocks, so that bands of six rows are no whole tiles.
  check<cx::Input<2740, 12, 2>>(
      cx::concat(cx::conv2d<6, {.kernel = 1}>, cx::conv2d<33, {.kernel = 1}>));
}
