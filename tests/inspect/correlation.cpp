// Convolution against cross-correlation, and which of them Conv2d is.
#define BOOST_TEST_MODULE correlation
#include <boost/test/unit_test.hpp>
#include <convexpr/inspect/correlation.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/state_dict.hpp>
#include <vector>

#include "random.hpp"

namespace cx = convexpr;
using cx::Overlap;

namespace {

using Image = cx::Tensor<float, 5, 7>;
using Kernel = cx::Tensor<float, 2, 3>;

Image image() {
  Image x;
  test::fill_whole(x, 1);
  return x;
}

Kernel kernel() {
  Kernel k;
  test::fill_whole(k, 2);
  return k;
}

/// y[i,j] by the definition, with the kernel's first tap on the image's (i - top, j - left).
float at(const Image& x, const Kernel& k, int i, int j, int top, int left) {
  float sum = 0;
  for (int u = 0; u < 2; ++u) {
    for (int v = 0; v < 3; ++v) {
      const int row = i + u - top;
      const int column = j + v - left;
      if (row >= 0 && row < 5 && column >= 0 && column < 7) sum += k(u, v) * x(row, column);
    }
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_kernel_is_turned_by_half_a_turn) {
  cx::Tensor<float, 2, 3> k;
  for (int i = 0; i < 6; ++i) k.data()[i] = static_cast<float>(i);
  const std::vector<float> turned{5, 4, 3, 2, 1, 0};
  const auto f = cx::flipped(k);
  BOOST_TEST(std::vector<float>(f.begin(), f.end()) == turned, boost::test_tools::per_element());

  cx::Tensor<float, 2, 1, 3> channels;
  for (int i = 0; i < 6; ++i) channels.data()[i] = static_cast<float>(i);
  const std::vector<float> each{2, 1, 0, 5, 4, 3};
  const auto g = cx::flipped(channels);
  BOOST_TEST(std::vector<float>(g.begin(), g.end()) == each, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_weight_is_turned_in_its_last_extents) {
  const cx::NamedTensor weight{"weight", {1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}};
  const cx::NamedTensor turned{"weight", {1, 2, 2, 2}, {4, 3, 2, 1, 8, 7, 6, 5}};
  BOOST_CHECK(cx::flipped(weight) == turned);
  const cx::NamedTensor sequence{"weight", {2, 1, 3}, {1, 2, 3, 4, 5, 6}};
  const cx::NamedTensor backwards{"weight", {2, 1, 3}, {3, 2, 1, 6, 5, 4}};
  BOOST_CHECK(cx::flipped(sequence) == backwards);
  const cx::NamedTensor dense{"weight", {2, 3}, {1, 2, 3, 4, 5, 6}};
  BOOST_CHECK(cx::flipped(dense) == dense);
}

BOOST_AUTO_TEST_CASE(correlation_lays_the_kernel_over_the_image_as_it_is) {
  const Image x = image();
  const Kernel k = kernel();
  const cx::Tensor<float, 4, 5> valid = cx::cross_correlate2d<Overlap::valid>(x, k);
  const cx::Tensor<float, 5, 7> same = cx::cross_correlate2d<Overlap::same_size>(x, k);
  const cx::Tensor<float, 6, 9> full = cx::cross_correlate2d<Overlap::full>(x, k);
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 9; ++j) {
      BOOST_TEST(full(i, j) == at(x, k, i, j, 1, 2));
      if (i < 5 && j < 7) BOOST_TEST(same(i, j) == at(x, k, i, j, 0, 1));
      if (i < 4 && j < 5) BOOST_TEST(valid(i, j) == at(x, k, i, j, 0, 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(convolution_is_a_product_of_polynomials) {
  // (1 + 2t + 3t^2)(4 + 5t) = 4 + 13t + 22t^2 + 15t^3
  cx::Tensor<float, 1, 3> p;
  cx::Tensor<float, 1, 2> q;
  std::ranges::copy(std::vector<float>{1, 2, 3}, p.begin());
  std::ranges::copy(std::vector<float>{4, 5}, q.begin());
  const auto product = cx::convolve2d(p, q);
  const std::vector<float> expected{4, 13, 22, 15};
  BOOST_TEST(std::vector<float>(product.begin(), product.end()) == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(convolution_is_commutative_and_correlation_is_not) {
  const Image x = image();
  const Kernel k = kernel();
  BOOST_CHECK(cx::convolve2d(x, k) == cx::convolve2d(k, x));
  const auto ahead = cx::cross_correlate2d(x, k);
  const auto behind = cx::cross_correlate2d(k, x);
  BOOST_CHECK(!(ahead == behind));
  BOOST_CHECK(ahead == cx::flipped(behind));  // what it is instead
}

BOOST_AUTO_TEST_CASE(conv2d_correlates_and_with_a_flipped_weight_convolves) {
  cx::Tensor<float, 1, 5, 7> x;
  test::fill_whole(x, 1);
  cx::Tensor<float, 1, 2, 3> k;
  test::fill_whole(k, 2);
  cx::NamedTensor weight{"weight", {1, 1, 2, 3}, {k.begin(), k.end()}};

  cx::Network<cx::Conv2d<1, {.kernel = {2, 3}, .bias = false}>, cx::Input<1, 5, 7>> net;
  cx::load_state_dict(net, {weight});
  BOOST_CHECK(net.forward(x) == cx::cross_correlate2d<Overlap::valid>(x, k));
  cx::load_state_dict(net, {cx::flipped(weight)});
  BOOST_CHECK(net.forward(x) == cx::convolve2d<Overlap::valid>(x, k));

  using Same = cx::Conv2d<1, {.kernel = {2, 3}, .padding = {0, 1, 1, 1}, .bias = false}>;
  cx::Network<Same, cx::Input<1, 5, 7>> same;
  cx::load_state_dict(same, {weight});
  BOOST_CHECK(same.forward(x) == cx::cross_correlate2d<Overlap::same_size>(x, k));
  cx::load_state_dict(same, {cx::flipped(weight)});
  BOOST_CHECK(same.forward(x) == cx::convolve2d<Overlap::same_size>(x, k));
}
