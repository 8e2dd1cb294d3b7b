#define BOOST_TEST_MODULE metrics
#include <array>
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>
#include <convexpr/train/metrics.hpp>
#include <span>
#include <stdexcept>

namespace cx = convexpr;

namespace {

// Without parameters: the answer is the channel with the largest mean.
using Net = cx::Network<cx::Sequential<cx::GlobalAvgPool2d, cx::Flatten>, cx::Input<5, 2, 3>>;

/// Example n is brightest in channel n % 5; its label is that, but 0 for every third example.
cx::Dataset<5, 2, 3> examples(std::size_t count) {
  cx::Dataset<5, 2, 3> dataset{.images = cx::Batch<float, 5, 2, 3>(count), .labels = {}};
  for (std::size_t n = 0; n < count; ++n) {
    const int bright = static_cast<int>(n % 5);
    dataset.images[n](bright, 1, 2) = 4;
    dataset.labels.push_back(n % 3 == 0 ? 0 : bright);
  }
  return dataset;
}

}  // namespace

BOOST_AUTO_TEST_CASE(argmax_is_the_place_of_the_first_largest_value) {
  BOOST_TEST(cx::argmax(std::array{3.0F}) == 0U);
  BOOST_TEST(cx::argmax(std::array{-3.0F, -1.0F, -2.0F}) == 1U);
  BOOST_TEST(cx::argmax(std::array{1.0F, 4.0F, 2.0F, 4.0F}) == 1U);
  BOOST_CHECK_THROW(cx::argmax(std::span<const float>()), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(accuracy_is_the_share_of_right_answers_whatever_the_batch_size) {
  Net net;
  const auto dataset = examples(15);
  // Wrong are the examples 3, 6, 9 and 12, which 3 divides and 5 does not.
  for (const std::size_t batch_size : {1U, 4U, 15U, 64U}) {
    BOOST_TEST(cx::accuracy(net, dataset, batch_size) == 11.0 / 15);
  }
  BOOST_TEST(cx::accuracy(net, dataset) == 11.0 / 15);
}

BOOST_AUTO_TEST_CASE(no_examples_are_no_right_answers) {
  Net net;
  BOOST_TEST(cx::accuracy(net, examples(0)) == 0.0);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  Net net;
  auto dataset = examples(4);
  BOOST_CHECK_THROW(cx::accuracy(net, dataset, 0), std::invalid_argument);
  dataset.labels.pop_back();
  BOOST_CHECK_THROW(cx::accuracy(net, dataset), std::invalid_argument);
}
