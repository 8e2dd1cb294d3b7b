// Small networks that mix everything, so that the passes of the lowering meet each other.
#define BOOST_TEST_MODULE mixtures
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {
template <int Out>
inline constexpr auto narrow = cx::conv2d<Out, {.kernel = 1}> | cx::relu;
template <int Out>
inline constexpr auto wide = cx::conv2d<Out, {.kernel = 3, .padding = 1}> | cx::relu;
constexpr auto keep = cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>;
}  // namespace

BOOST_AUTO_TEST_CASE(a_small_lenet) {
  check<cx::Input<1, 12, 14>>(cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::relu |
                              cx::max_pool2d<{.kernel = 2}> | cx::conv2d<17, {.kernel = 3}> |
                              cx::relu | cx::max_pool2d<{.kernel = 2}> | cx::flatten |
                              cx::linear<33> | cx::relu | cx::linear<10> | cx::log_softmax);
}

BOOST_AUTO_TEST_CASE(an_inception_block_between_responses) {
  check<cx::Input<3, 9, 7>>(
      cx::conv2d<17, {.kernel = 3, .stride = 2, .padding = 1}> | cx::relu |
      cx::local_response_norm<{.size = 5, .alpha = 0.2F}> |
      cx::concat(narrow<16>, narrow<6> | wide<32>,
                 narrow<3> | cx::conv2d<16, {.kernel = 5, .padding = 2}> | cx::relu,
                 keep | narrow<6>) |
      cx::global_avg_pool2d | cx::flatten | cx::linear<6> | cx::softmax);
}

BOOST_AUTO_TEST_CASE(a_dense_block_keeps_all_it_saw) {
  check<cx::Input<3, 5, 6>>(narrow<16> | cx::concat(cx::identity, wide<6>) |
                            cx::concat(cx::identity, wide<6>) | cx::concat(cx::identity, wide<6>) |
                            narrow<3>);
}

BOOST_AUTO_TEST_CASE(a_dense_block_of_whole_vectors) {
  check<cx::Input<3, 5, 6>>(narrow<16> | cx::concat(cx::identity, wide<16>) |
                            cx::concat(wide<16>, cx::identity) | cx::residual(wide<48>) |
                            narrow<3>);
}

BOOST_AUTO_TEST_CASE(residuals_of_concats_of_residuals) {
  check<cx::Input<6, 5, 4>>(
      narrow<32> |
      cx::residual(cx::concat(narrow<16> | cx::residual(wide<16>),
                              cx::tanh | narrow<16> | cx::residual(cx::sigmoid))) |
      cx::relu | cx::residual(cx::concat(narrow<6>, narrow<26>)) | cx::sigmoid);
}

BOOST_AUTO_TEST_CASE(branches_of_many_depths) {
  check<cx::Input<3, 7, 5>>(
      cx::sum(cx::identity, narrow<6> | wide<3>, keep,
              cx::concat(narrow<1>, cx::concat(narrow<1>, narrow<1>) | cx::tanh),
              cx::avg_pool2d<{.kernel = 3, .stride = 1, .padding = 1, .count_include_pad = false}> |
                  cx::residual(narrow<3>)) |
      cx::softmax);
}
