#define BOOST_TEST_MODULE schedule
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/train/schedule.hpp>
#include <stdexcept>

namespace cx = convexpr;

BOOST_AUTO_TEST_CASE(steps_fall_at_whole_epochs) {
  const cx::Schedule rate = cx::step_decay(2, 0.5);
  BOOST_TEST(rate(0) == 1.0);
  BOOST_TEST(rate(1.99) == 1.0);
  BOOST_TEST(rate(2) == 0.5);
  BOOST_TEST(rate(3.5) == 0.5);
  BOOST_TEST(rate(4) == 0.25);
}

BOOST_AUTO_TEST_CASE(a_cosine_falls_slowly_then_fast_then_slowly_and_stays_down) {
  const cx::Schedule rate = cx::cosine_decay(8, 0.1);
  BOOST_TEST(rate(0) == 1.0);
  BOOST_TEST(std::abs(rate(2) - (0.55 + 0.45 * std::sqrt(0.5))) < 1e-15);
  BOOST_TEST(std::abs(rate(4) - 0.55) < 1e-15);
  BOOST_TEST(std::abs(rate(6) - (0.55 - 0.45 * std::sqrt(0.5))) < 1e-15);
  BOOST_TEST(std::abs(rate(8) - 0.1) < 1e-15);
  BOOST_TEST(std::abs(rate(9) - 0.1) < 1e-15);
}

BOOST_AUTO_TEST_CASE(a_schedule_of_no_epochs_is_refused) {
  BOOST_CHECK_THROW(cx::step_decay(0), std::invalid_argument);
  BOOST_CHECK_THROW(cx::cosine_decay(0), std::invalid_argument);
}
