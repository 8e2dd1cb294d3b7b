// Numbers for the tests of the views: the same with every standard library.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>

namespace test {

/// Fills with whole numbers from -8 to 8, whose sums of products are exact.
template <class Values>
void fill_whole(Values& values, std::uint32_t seed) {
  std::mt19937 bits(seed);
  for (float& v : values) v = static_cast<float>(bits() % 17) - 8;
}

/// Fills with numbers between -1 and 1.
template <class Values>
void fill_small(Values& values, std::uint32_t seed) {
  std::mt19937 bits(seed);
  for (float& v : values) v = static_cast<float>(static_cast<double>(bits()) * 0x1p-31 - 1);
}

/// Compares within the rounding of sums of some hundred products of numbers around 1.
inline void check_close(std::span<const float> found, std::span<const float> expected,
                        float tolerance = 1e-5F) {
  BOOST_REQUIRE_EQUAL(found.size(), expected.size());
  float largest = 1;
  for (const float e : expected) largest = std::max(largest, std::abs(e));
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_CHECK_MESSAGE(std::abs(found[i] - expected[i]) <= tolerance * largest,
                        "value " << i << " is " << found[i] << ", not " << expected[i]);
  }
}

}  // namespace test
