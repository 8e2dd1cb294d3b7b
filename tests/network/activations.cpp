// Activations, fused into the layer before them and on their own.
#define BOOST_TEST_MODULE activations
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(alone_on_images) {
  check<cx::Input<17, 3, 5>>(cx::relu);
  check<cx::Input<6, 3, 5>>(cx::sigmoid);
  check<cx::Input<33, 2, 3>>(cx::tanh);
}

BOOST_AUTO_TEST_CASE(alone_on_vectors) { check<cx::Input<33>>(cx::sigmoid | cx::tanh | cx::relu); }

BOOST_AUTO_TEST_CASE(on_convolutions) {
  check<cx::Input<3, 4, 5>>(cx::conv2d<17, {.kernel = 3}> | cx::sigmoid | cx::tanh |
                            cx::conv2d<3, {.kernel = 1}> | cx::tanh);
}

BOOST_AUTO_TEST_CASE(on_dense_layers) {
  check<cx::Input<17>>(cx::linear<33> | cx::sigmoid | cx::linear<6> | cx::tanh |
                       cx::linear<3, {.bias = false}> | cx::relu);
}

BOOST_AUTO_TEST_CASE(on_pools_and_sums) {
  check<cx::Input<6, 5, 7>>(cx::max_pool2d<{.kernel = 2}> | cx::sigmoid | cx::residual(cx::tanh) |
                            cx::sigmoid);
}

BOOST_AUTO_TEST_CASE(softmax_over_features_and_over_channels) {
  check<cx::Input<33>>(cx::softmax);
  check<cx::Input<17, 3, 2>>(cx::softmax);
  check<cx::Input<6, 4, 5>>(cx::conv2d<3, {.kernel = 2}> | cx::softmax | cx::flatten);
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_softmax) {
  check<cx::Input<17>>(cx::linear<6> | cx::log_softmax);
  check<cx::Input<33, 2, 3>>(cx::log_softmax);
}
