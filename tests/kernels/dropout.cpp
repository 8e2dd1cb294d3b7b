// The mask of dropout: how often, how independent, how repeatable.
#define BOOST_TEST_MODULE kernels_dropout
#include <convexpr/kernels/dropout.hpp>
#include <string>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr int channels = convexpr::simd::lanes + 3;

// 1 for every element that stays, in the order n, c, i, j.
std::vector<int> mask(const Extents& e, float p, std::uint64_t seed) {
  const Buffer maps(e, {1, 0, 2, 1});
  maps.fill([](auto...) { return 1.0F; });
  kernels::dropout(maps, maps, p, seed);
  BOOST_TEST(maps.untouched_around());
  std::vector<int> out;
  for (int n = 0; n < e.n; ++n) {
    for (int c = 0; c < e.c; ++c) {
      for (int i = 0; i < e.h; ++i) {
        for (int j = 0; j < e.w; ++j) out.push_back(maps.at(n, c, i, j) != 0.0F ? 1 : 0);
      }
    }
  }
  return out;
}

double average(const std::vector<int>& values) {
  double total = 0;
  for (const int v : values) total += v;
  return total / static_cast<double>(values.size());
}

// How often two masks agree, from 0 to 1, the second shifted by `lag`.
double agreement(const std::vector<int>& a, const std::vector<int>& b, std::size_t lag) {
  double total = 0;
  for (std::size_t k = 0; k + lag < a.size(); ++k) total += a[k] == b[k + lag] ? 1 : 0;
  return total / static_cast<double>(a.size() - lag);
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_stays_is_scaled_and_the_rest_is_zero) {
  const Extents e{2, channels, 3, 5};
  const Buffer x(e, {1});
  const Buffer y(e, {0, 2});
  test::Noise noise(18);
  x.fill([&](auto...) { return 3.0F + noise(); });
  kernels::dropout(x, y, 0.4F, 5);
  BOOST_TEST(test::distance(y, [&](auto... at) {
               return y.at(at...) == 0.0F ? 0.0 : double{x.at(at...)} / 0.6;
             }) <= 1e-6);
  BOOST_TEST(y.untouched_around());
}

BOOST_AUTO_TEST_CASE(nothing_is_dropped_at_zero_and_everything_at_one) {
  const Extents e{2, channels, 3, 5};
  const Buffer x(e);
  const Buffer y(e);
  test::Noise noise(19);
  x.fill(noise);
  kernels::dropout(x, y, 0.0F, 6);
  BOOST_TEST(test::distance(y, [&](auto... at) { return x.at(at...); }) == 0.0);
  kernels::dropout(x, y, 1.0F, 6);
  BOOST_TEST(test::distance(y, [](auto...) { return 0; }) == 0.0);
}

BOOST_AUTO_TEST_CASE(the_fraction_that_stays_is_one_minus_p) {
  const Extents e{4, 64, 40, 25};  // 256 000 elements: a deviation of at most 0.001
  for (const float p : {0.1F, 0.25F, 0.5F, 0.7F, 0.9F}) {
    for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 40}) {
      BOOST_TEST(std::abs(average(mask(e, p, seed)) - (1.0 - double{p})) <= 0.005);
    }
  }
}

BOOST_AUTO_TEST_CASE(neighbours_and_seeds_are_independent) {
  const Extents e{4, 64, 40, 25};
  const std::vector<int> first = mask(e, 0.5F, 1);
  for (const std::size_t lag : {1U, 2U, 16U, 25U, 1000U, 64000U}) {
    BOOST_TEST(std::abs(agreement(first, first, lag) - 0.5) <= 0.006);
  }
  for (const std::uint64_t seed : {0ULL, 2ULL, 3ULL, (1ULL << 32) + 1}) {
    const std::vector<int> other = mask(e, 0.5F, seed);
    for (const std::size_t lag : {0U, 1U}) {
      BOOST_TEST(std::abs(agreement(first, other, lag) - 0.5) <= 0.006);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_mask_is_a_function_of_seed_and_position_alone) {
  const std::vector<int> image = mask({2, 12, 3, 5}, 0.5F, 7);
  BOOST_TEST(image == mask({2, 12, 3, 5}, 0.5F, 7), boost::test_tools::per_element());
  BOOST_TEST(image == mask({1, 360, 1, 1}, 0.5F, 7), boost::test_tools::per_element());
  // From the formula in integers of any length: every instruction set must draw the same.
  std::string drawn;
  for (int k = 0; k < 32; ++k) drawn += image[static_cast<std::size_t>(k)] == 1 ? '1' : '0';
  BOOST_TEST(drawn == "00001010011010010110001101001101");
}

namespace {

// 1 for every channel that stays, in the order n, c; a channel stays or goes as a whole.
std::vector<int> channel_mask(const Extents& e, float p, std::uint64_t seed) {
  const Buffer maps(e, {1, 0, 2, 1});
  maps.fill([](auto...) { return 1.0F; });
  kernels::dropout2d(maps, maps, p, seed);
  BOOST_TEST(maps.untouched_around());
  std::vector<int> out;
  bool whole = true;
  for (int n = 0; n < e.n; ++n) {
    for (int c = 0; c < e.c; ++c) {
      const float first = maps.at(n, c, 0, 0);
      for (int i = 0; i < e.h; ++i) {
        for (int j = 0; j < e.w; ++j) whole = whole && maps.at(n, c, i, j) == first;
      }
      out.push_back(first != 0.0F ? 1 : 0);
    }
  }
  BOOST_TEST(whole);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(channels_stay_or_go_as_a_whole) {
  const Extents e{3, channels, 3, 5};
  const Buffer x(e, {1});
  const Buffer y(e, {0, 2});
  test::Noise noise(20);
  x.fill([&](auto...) { return 3.0F + noise(); });
  kernels::dropout2d(x, y, 0.4F, 5);
  BOOST_TEST(test::distance(y, [&](int n, int c, int i, int j) {
               return y.at(n, c, 0, 0) == 0.0F ? 0.0 : double{x.at(n, c, i, j)} / 0.6;
             }) <= 1e-6);
  BOOST_TEST(y.untouched_around());
  BOOST_TEST(average(channel_mask(e, 0.0F, 5)) == 1.0);
  BOOST_TEST(average(channel_mask(e, 1.0F, 5)) == 0.0);
}

BOOST_AUTO_TEST_CASE(the_fraction_of_channels_that_stay_is_one_minus_p) {
  const Extents e{64, 1000, 1, 2};  // 64 000 channels: a deviation of at most 0.002
  for (const float p : {0.1F, 0.5F, 0.9F}) {
    for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 40}) {
      BOOST_TEST(std::abs(average(channel_mask(e, p, seed)) - (1.0 - double{p})) <= 0.01);
    }
  }
  const std::vector<int> first = channel_mask(e, 0.5F, 1);
  for (const std::size_t lag : {1U, 16U, 1000U}) {
    BOOST_TEST(std::abs(agreement(first, first, lag) - 0.5) <= 0.01);
  }
  BOOST_TEST(std::abs(agreement(first, channel_mask(e, 0.5F, 2), 0) - 0.5) <= 0.01);
}

BOOST_AUTO_TEST_CASE(the_mask_of_channels_is_that_of_elements_in_images_of_one_pixel) {
  BOOST_TEST(channel_mask({2, 45, 3, 5}, 0.5F, 7) == mask({2, 45, 1, 1}, 0.5F, 7),
             boost::test_tools::per_element());
}
