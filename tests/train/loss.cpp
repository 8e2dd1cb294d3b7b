#define BOOST_TEST_MODULE loss
#include <boost/random/mersenne_twister.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/train/loss.hpp>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace cx = convexpr;

namespace {

constexpr int classes = 11;
using Logits = cx::Batch<float, classes>;

Logits random_logits(std::size_t examples, double size) {
  boost::random::mt19937_64 random(3);
  Logits logits(examples);
  for (std::size_t i = 0; i < examples * classes; ++i) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
    logits.data()[i] = static_cast<float>(size * (2 * unit - 1));
  }
  return logits;
}

std::vector<int> labels_for(std::size_t examples) {
  std::vector<int> labels;
  for (std::size_t n = 0; n < examples; ++n) labels.push_back(static_cast<int>(7 * n % classes));
  return labels;
}

/// The chance of class i, by the definition; for logits whose exponentials fit a double.
double softmax(const Logits& logits, std::size_t n, int i) {
  double sum = 0;
  for (int j = 0; j < classes; ++j) sum += std::exp(static_cast<double>(logits[n](j)));
  return std::exp(static_cast<double>(logits[n](i))) / sum;
}

double mean_loss(const Logits& logits, const std::vector<int>& labels) {
  double sum = 0;
  for (std::size_t n = 0; n < labels.size(); ++n) sum -= std::log(softmax(logits, n, labels[n]));
  return sum / static_cast<double>(labels.size());
}

std::string message_of(const Logits& logits, const std::vector<int>& labels, Logits& dlogits) {
  try {
    cx::softmax_cross_entropy(logits, labels, dlogits);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(loss_and_gradient_are_those_of_the_definition) {
  for (const double size : {0.1, 3.0, 30.0}) {
    const Logits logits = random_logits(13, size);
    const std::vector<int> labels = labels_for(13);
    Logits gradient;
    const cx::Loss loss = cx::softmax_cross_entropy(logits, labels, gradient);
    BOOST_TEST(std::abs(loss.value - mean_loss(logits, labels)) <= 1e-13 * (1 + size));
    BOOST_REQUIRE(gradient.size() == 13U);
    std::size_t correct = 0;
    for (std::size_t n = 0; n < 13; ++n) {
      bool largest = true;
      for (int i = 0; i < classes; ++i) {
        const double expected = (softmax(logits, n, i) - (i == labels[n] ? 1 : 0)) / 13;
        BOOST_TEST(std::abs(static_cast<double>(gradient[n](i)) - expected) <=
                   0x1p-24 * std::abs(expected) + 1e-16);
        if (logits[n](i) > logits[n](labels[n])) largest = false;
      }
      if (largest) ++correct;
    }
    BOOST_TEST(loss.correct == correct);
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_is_the_slope_of_the_loss) {
  Logits logits = random_logits(3, 2);
  const std::vector<int> labels = labels_for(3);
  Logits gradient;
  cx::softmax_cross_entropy(logits, labels, gradient);
  for (std::size_t i = 0; i < 3 * classes; ++i) {
    constexpr float step = 1e-3F;
    const float x = logits.data()[i];
    logits.data()[i] = x + step;
    const float above = logits.data()[i];
    const double after = cx::softmax_cross_entropy(logits, labels).value;
    logits.data()[i] = x - step;
    const float below = logits.data()[i];
    const double before = cx::softmax_cross_entropy(logits, labels).value;
    logits.data()[i] = x;
    const double slope = (after - before) / (static_cast<double>(above) - below);
    // A central difference is wrong by step^2/6 times the third derivative, which is below 1/3.
    BOOST_TEST(std::abs(static_cast<double>(gradient.data()[i]) - slope) < 1e-7);
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_each_example_sums_to_zero) {
  Logits gradient;
  cx::softmax_cross_entropy(random_logits(9, 5), labels_for(9), gradient);
  for (std::size_t n = 0; n < 9; ++n) {
    double sum = 0;
    for (int i = 0; i < classes; ++i) sum += gradient[n](i);
    BOOST_TEST(std::abs(sum) < classes * 0x1p-25);
  }
}

BOOST_AUTO_TEST_CASE(huge_logits_do_not_overflow) {
  constexpr float huge = std::numeric_limits<float>::max();
  Logits logits(2);
  logits.fill(-huge);
  logits[0](4) = huge;
  logits[1](4) = huge;
  Logits gradient;
  const cx::Loss loss = cx::softmax_cross_entropy(logits, std::vector<int>{4, 0}, gradient);
  BOOST_TEST(loss.correct == 1U);
  BOOST_TEST(loss.value == static_cast<double>(huge));  // (0 + 2 * huge) / 2
  for (int i = 0; i < classes; ++i) {
    BOOST_TEST(gradient[0](i) == 0.0F);
    BOOST_TEST(gradient[1](i) == (i == 0 ? -0.5F : i == 4 ? 0.5F : 0.0F));
  }
}

BOOST_AUTO_TEST_CASE(equal_logits_lose_the_logarithm_of_the_classes) {
  const Logits logits(4);
  const cx::Loss loss = cx::softmax_cross_entropy(logits, std::vector<int>{0, 1, 0, 10});
  BOOST_TEST(std::abs(loss.value - std::log(11.0)) < 1e-15);
  BOOST_TEST(loss.correct == 2U);  // the first of equals counts as the largest
}

BOOST_AUTO_TEST_CASE(the_version_without_gradient_gives_the_same_loss) {
  const Logits logits = random_logits(5, 4);
  Logits gradient;
  const cx::Loss with = cx::softmax_cross_entropy(logits, labels_for(5), gradient);
  const cx::Loss without = cx::softmax_cross_entropy(logits, labels_for(5));
  BOOST_TEST(with.value == without.value);
  BOOST_TEST(with.correct == without.correct);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_has_room_keeps_its_memory) {
  Logits gradient(8);
  const float* memory = gradient.data();
  cx::softmax_cross_entropy(random_logits(5, 1), labels_for(5), gradient);
  BOOST_TEST(gradient.size() == 5U);
  cx::softmax_cross_entropy(random_logits(8, 1), labels_for(8), gradient);
  BOOST_TEST(gradient.size() == 8U);
  BOOST_TEST(gradient.data() == memory);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_said_with_numbers_and_nothing_is_written) {
  Logits gradient(1);
  gradient.fill(5);
  const Logits kept = gradient;
  BOOST_TEST(message_of(random_logits(3, 1), {0, 11, 2}, gradient) ==
             "softmax_cross_entropy: labels go from 0 to 10, but that of example 1 is 11");
  BOOST_TEST(message_of(random_logits(2, 1), {0, -1}, gradient) ==
             "softmax_cross_entropy: labels go from 0 to 10, but that of example 1 is -1");
  BOOST_TEST(message_of(random_logits(3, 1), {0, 1}, gradient) ==
             "softmax_cross_entropy: there are 2 labels for 3 examples");
  BOOST_TEST(message_of(Logits(), {}, gradient) == "softmax_cross_entropy: the batch is empty");
  BOOST_TEST((gradient == kept));
}
