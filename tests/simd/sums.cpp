// The sums of several vectors, side by side.
#define BOOST_TEST_MODULE simd_sums
#include <boost/test/unit_test.hpp>
#include <convexpr/simd/sums.hpp>

namespace simd = convexpr::simd;

template <int Count>
void check() {
  simd::Vector vectors[Count];
  for (int k = 0; k < Count; ++k) {
    alignas(simd::alignment) float lanes[simd::lanes];
    for (int l = 0; l < simd::lanes; ++l) lanes[l] = static_cast<float>((k + 1) * (l * l + 3));
    vectors[k] = simd::load(lanes);
  }
  float of_first = 0;
  for (int l = 0; l < simd::lanes; ++l) of_first += static_cast<float>(l * l + 3);
  alignas(simd::alignment) float got[simd::lanes];
  simd::store(got, simd::sums<Count>(vectors));
  for (int k = 0; k < Count; ++k) {
    BOOST_TEST_CONTEXT(k << " of " << Count) {
      BOOST_TEST(got[k] == static_cast<float>(k + 1) * of_first);  // whole numbers: exact
    }
  }
}

BOOST_AUTO_TEST_CASE(each_lane_is_the_sum_of_a_vector) {
  check<1>();
  check<3>();
  check<4>();
#if defined(__AVX__)
  check<5>();
  check<6>();
  check<8>();
#endif
}
