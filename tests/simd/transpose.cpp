// Squares of registers, and the blocks of fewer rows that kernels turn.
#define BOOST_TEST_MODULE simd_transpose
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <convexpr/kernels/transpose.hpp>
#include <numeric>
#include <vector>

namespace simd = convexpr::simd;

BOOST_AUTO_TEST_CASE(rows_become_columns_wherever_they_lie) {
  constexpr int n = simd::lanes;
  for (const int shift : {0, 1}) {  // aligned or not
    std::vector<float> from(n * n + 1);
    std::iota(from.begin(), from.end(), 1.0F);
    std::vector<float> to(n * n + 2, -1.0F);
    simd::transpose(from.data() + shift, to.data() + shift);
    int wrong = 0;
    for (int r = 0; r < n; ++r) {
      for (int k = 0; k < n; ++k) {
        wrong += to[static_cast<std::size_t>(shift + k * n + r)] !=
                 from[static_cast<std::size_t>(shift + r * n + k)];
      }
    }
    BOOST_TEST(wrong == 0);
    BOOST_TEST(to.back() == -1.0F);
    if (shift == 1) BOOST_TEST(to.front() == -1.0F);
  }
}

BOOST_AUTO_TEST_CASE(fewer_rows_leave_the_rest_of_the_columns) {
  constexpr int n = simd::lanes;
  std::vector<float> from(n * n);
  std::iota(from.begin(), from.end(), 1.0F);
  for (int count = 1; count <= n; ++count) {
    std::vector<float> to(n * n, -1.0F);
    convexpr::kernels::transpose_block(from.data(), count, to.data());
    int wrong = 0;
    for (int r = 0; r < n; ++r) {
      for (int k = 0; k < n; ++k) {
        const float want = r < count ? from[static_cast<std::size_t>(r * n + k)] : -1.0F;
        wrong += to[static_cast<std::size_t>(k * n + r)] != want;
      }
    }
    BOOST_TEST(wrong == 0, count);
  }
}
