#define BOOST_TEST_MODULE fashion_mnist
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/data/fashion_mnist.hpp>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "temporary_folder.hpp"

namespace cx = convexpr;
using namespace convexpr_tests;
using Bytes = std::vector<std::uint8_t>;

namespace {

Bytes images(std::uint8_t count, std::uint8_t width = 28) {
  Bytes bytes = {0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, width};
  for (int i = 0; i < count * 28 * width; ++i) bytes.push_back(static_cast<std::uint8_t>(i % 256));
  return bytes;
}

Bytes labels(const Bytes& values) {
  Bytes bytes = {0, 0, 8, 1, 0, 0, 0, static_cast<std::uint8_t>(values.size())};
  for (const std::uint8_t value : values) bytes.push_back(value);
  return bytes;
}

struct SmallFolder : TemporaryFolder {
  SmallFolder() {
    write("train-images-idx3-ubyte", images(3));
    write("train-labels-idx1-ubyte", labels({9, 0, 4}));
    write("t10k-images-idx3-ubyte", images(1));
    write("t10k-labels-idx1-ubyte", labels({2}));
  }
  std::string refusal() const {
    return message_of<cx::FileError>([&] { cx::load_fashion_mnist(path); });
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(pixels_are_scaled_and_normalised) {
  const SmallFolder folder;
  const auto mnist = cx::load_fashion_mnist(folder.path);
  BOOST_TEST(mnist.train.size() == 3U);
  BOOST_TEST(mnist.test.size() == 1U);
  const std::vector<int> expected = {9, 0, 4};
  BOOST_TEST(mnist.train.labels == expected);
  for (int n = 0; n < 3; ++n) {
    for (int h = 0; h < 28; ++h) {
      for (int w = 0; w < 28; ++w) {
        const double pixel = (n * 784 + h * 28 + w) % 256;
        const double x = (pixel / 255.0 - 0.2860) / 0.3530;
        const double got = mnist.train.images[static_cast<std::size_t>(n)](0, h, w);
        BOOST_TEST(std::abs(got - x) < 1e-6);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_files_must_fit_each_other) {
  const SmallFolder folder;
  folder.write("train-labels-idx1-ubyte", labels({9, 0}));
  BOOST_TEST(contains(folder.refusal(), "2 labels for 3 images"));
  folder.write("train-labels-idx1-ubyte", labels({9, 0, 10}));
  BOOST_TEST(contains(folder.refusal(), "label 2 is 10"));
  folder.write("train-labels-idx1-ubyte", images(3));
  BOOST_TEST(contains(folder.refusal(), "one extent, but there are 3"));
  folder.write("train-images-idx3-ubyte", images(3, 27));
  BOOST_TEST(contains(folder.refusal(), "N x 28 x 28, but they are 3 x 28 x 27"));
  std::filesystem::remove(folder.path / "train-images-idx3-ubyte");
  BOOST_TEST(contains(folder.refusal(), "cannot be opened"));
}

BOOST_AUTO_TEST_CASE(the_data_set_is_the_published_one) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    BOOST_TEST_MESSAGE("skipped: the package dataset-fashion-mnist is not installed");
    return;
  }
  const auto mnist = cx::load_fashion_mnist();
  BOOST_TEST(mnist.train.size() == 60'000U);
  BOOST_TEST(mnist.test.size() == 10'000U);
  std::vector<int> train(10);
  std::vector<int> test(10);
  for (const int label : mnist.train.labels) ++train[static_cast<std::size_t>(label)];
  for (const int label : mnist.test.labels) ++test[static_cast<std::size_t>(label)];
  BOOST_TEST(train == std::vector<int>(10, 6'000), boost::test_tools::per_element());
  BOOST_TEST(test == std::vector<int>(10, 1'000), boost::test_tools::per_element());
  BOOST_TEST(cx::FashionMnist::class_names[static_cast<std::size_t>(mnist.train.labels[0])] ==
             "Ankle boot");

  double sum = 0.0;
  double squares = 0.0;
  const std::size_t count = mnist.train.size() * 784;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = mnist.train.images.data()[i];
    sum += x;
    squares += x * x;
  }
  const double mean = sum / static_cast<double>(count);
  BOOST_TEST(std::abs(mean) < 2e-4);
  BOOST_TEST(std::abs(squares / static_cast<double>(count) - mean * mean - 1.0) < 5e-4);
}
