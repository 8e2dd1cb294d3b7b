// Denormal numbers while the guard lives, and after it.
#define BOOST_TEST_MODULE simd_flush_to_zero
#include <boost/test/unit_test.hpp>
#include <convexpr/simd/flush_to_zero.hpp>
#include <convexpr/simd/vector.hpp>
#include <limits>
#include <stdexcept>

namespace {

using convexpr::FlushToZero;
namespace simd = convexpr::simd;

volatile float tiny = std::numeric_limits<float>::denorm_min();
volatile float small = std::numeric_limits<float>::min();
volatile float one = 1.0F;
volatile float half = 0.5F;

#if defined(__SSE2__) || defined(__aarch64__)
constexpr bool flushes = true;
#else
constexpr bool flushes = false;
#endif

}  // namespace

BOOST_AUTO_TEST_CASE(denormal_numbers_are_zeros_while_it_lives) {
  BOOST_TEST(!FlushToZero::is_on());
  BOOST_TEST(tiny * one != 0.0F);
  {
    const FlushToZero guard;
    BOOST_TEST(FlushToZero::is_on() == flushes);
    const float operand = tiny * one;
    const float result = small * half;
    const float sum = simd::sum(simd::broadcast(small) * simd::broadcast(half));
    BOOST_TEST((operand == 0.0F) == flushes);
    BOOST_TEST((result == 0.0F) == flushes);
    BOOST_TEST((sum == 0.0F) == flushes);
    BOOST_TEST(small * one == std::numeric_limits<float>::min());
  }
  BOOST_TEST(!FlushToZero::is_on());
  BOOST_TEST(small * half != 0.0F);
}

BOOST_AUTO_TEST_CASE(guards_nest_and_end_with_exceptions) {
  try {
    const FlushToZero outer;
    {
      const FlushToZero inner;
    }
    BOOST_TEST(FlushToZero::is_on() == flushes);
    throw std::runtime_error("out of here");
  } catch (const std::runtime_error&) {
  }
  BOOST_TEST(!FlushToZero::is_on());
}
