// Inverse square roots of all magnitudes, against double.
#define BOOST_TEST_MODULE simd_inverse_sqrt
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/simd/vector.hpp>
#include <limits>

namespace simd = convexpr::simd;

BOOST_AUTO_TEST_CASE(every_normal_number_is_within_two_ulp) {
  double worst = 0;
  constexpr float first = std::numeric_limits<float>::min();
  constexpr float last = std::numeric_limits<float>::max() / 1.001F;
  for (float a = first; a < last; a *= 1.0007F) {
    alignas(simd::alignment) float got[simd::lanes];
    simd::store(got, simd::inverse_sqrt(simd::broadcast(a)));
    const double want = 1 / std::sqrt(double{a});
    const auto rounded = static_cast<float>(want);
    const double ulp = double{std::nextafter(rounded, 1e30F)} - double{rounded};
    for (const float lane : got) worst = std::max(worst, std::abs(double{lane} - want) / ulp);
  }
  BOOST_TEST(worst <= 2);
  BOOST_TEST(worst > 0);
}
