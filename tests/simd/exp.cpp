// Exponentials of all arguments, against double, and the largest lane.
#define BOOST_TEST_MODULE simd_exp
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/simd/vector.hpp>
#include <limits>

namespace simd = convexpr::simd;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// exp in all lanes, which must agree.
float exp_of(float a) {
  alignas(simd::alignment) float got[simd::lanes];
  simd::store(got, simd::exp(simd::broadcast(a)));
  BOOST_REQUIRE(std::ranges::all_of(got, [&](float v) { return v == got[0] || std::isnan(v); }));
  return got[0];
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_exponential_is_within_two_ulp) {
  double worst = 0;
  for (float a = -87.3F; a < 88.3F; a += 0.000937F) {
    const double want = std::exp(double{a});
    const auto rounded = static_cast<float>(want);
    const double ulp = double{std::nextafter(rounded, infinity)} - double{rounded};
    worst = std::max(worst, std::abs(double{exp_of(a)} - want) / ulp);
  }
  BOOST_TEST(worst <= 2);
  BOOST_TEST(worst > 0);
}

BOOST_AUTO_TEST_CASE(ends_are_zero_infinity_and_nan) {
  BOOST_TEST(exp_of(0) == 1);
  BOOST_TEST(exp_of(-0.0F) == 1);
  BOOST_TEST(exp_of(1e-30F) == 1);
  for (const float a : {-104.0F, -1000.0F, -1e30F, -infinity}) BOOST_TEST(exp_of(a) == 0);
  for (const float a : {88.8F, 100.0F, 1e30F, infinity}) BOOST_TEST(exp_of(a) == infinity);
  BOOST_TEST(std::isnan(exp_of(std::numeric_limits<float>::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(the_largest_lane_is_found_wherever_it_is) {
  for (int at = 0; at < simd::lanes; ++at) {
    alignas(simd::alignment) float values[simd::lanes];
    for (int l = 0; l < simd::lanes; ++l) values[l] = static_cast<float>(-1 - l);
    values[at] = -0.5F;
    BOOST_TEST(simd::largest(simd::load(values)) == -0.5F);
  }
}
