// Elementwise functions and their slopes against the C library's, in double precision.
#define BOOST_TEST_MODULE kernels_elementwise
#include <convexpr/expr/activation.hpp>
#include <convexpr/kernels/elementwise.hpp>
#include <limits>

#include "buffer.hpp"

namespace expr = convexpr::expr;
namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr Extents extents{2, convexpr::simd::lanes + 3, 5, 7};
constexpr double epsilon = std::numeric_limits<float>::epsilon();

// Checks values and slopes on noise of the given amplitude, out of place and in place.
template <class F, class Value, class Slope>
void check(Value value, Slope slope, float amplitude, double bound) {
  const Buffer x(extents, {1, 2, 0, 1});
  const Buffer y(extents, {0, 1, 3, 0});
  const Buffer dy(extents);
  const Buffer dx(extents, {2});
  test::Noise noise(1);
  x.fill([&](auto...) { return amplitude * noise(); });
  dy.fill(noise);
  kernels::elementwise<F>(x, y);
  const auto wanted = [&](auto... at) { return value(double{x.at(at...)}); };
  BOOST_TEST(test::distance(y, wanted) <= bound);
  BOOST_TEST(y.untouched_around());
  kernels::elementwise_backward<F>(y, dy, dx);
  const auto wanted_dx = [&](auto... at) {
    return double{dy.at(at...)} * slope(double{x.at(at...)});
  };
  BOOST_TEST(test::distance(dx, wanted_dx) <= 2 * bound);
  BOOST_TEST(dx.untouched_around());
  kernels::elementwise_backward<F>(y, dy, dy);
  BOOST_TEST(test::distance(dy, [&](auto... at) { return dx.at(at...); }) == 0.0);
  kernels::elementwise<F>(x, x);
  BOOST_TEST(test::distance(x, [&](auto... at) { return y.at(at...); }) == 0.0);
  BOOST_TEST(x.untouched_around());
}

template <class F>
float at(float x) {
  const Buffer maps({1, 1, 1, 1});
  maps.fill([&](auto...) { return x; });
  kernels::elementwise<F>(maps, maps);
  return maps.at(0, 0, 0, 0);
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

BOOST_AUTO_TEST_CASE(the_identity_copies) {
  check<expr::Identity>([](double x) { return x; }, [](double) { return 1.0; }, 3.0F, 0);
}

BOOST_AUTO_TEST_CASE(relu_keeps_what_is_positive) {
  check<expr::Relu>([](double x) { return x > 0 ? x : 0; },
                    [](double x) { return x > 0 ? 1.0 : 0.0; }, 3.0F, 0);
}

BOOST_AUTO_TEST_CASE(sigmoid_is_the_logistic_function) {
  check<expr::Sigmoid>(
      logistic, [](double x) { return logistic(x) * logistic(-x); }, 9.0F, 3 * epsilon);
}

BOOST_AUTO_TEST_CASE(tanh_is_the_hyperbolic_tangent) {
  check<expr::Tanh>([](double x) { return std::tanh(x); },
                    [](double x) { return 1 - std::tanh(x) * std::tanh(x); }, 5.0F, 2 * epsilon);
}

BOOST_AUTO_TEST_CASE(the_extremes_are_the_limits) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float x : {50.0F, 200.0F, 1e30F, infinity}) {
    BOOST_TEST(at<expr::Sigmoid>(-x) <= 1e-20F);
    BOOST_TEST(at<expr::Sigmoid>(-x) >= 0.0F);
    BOOST_TEST(at<expr::Sigmoid>(x) == 1.0F);
    BOOST_TEST(at<expr::Tanh>(x) == 1.0F);
    BOOST_TEST(at<expr::Tanh>(-x) == -1.0F);
    BOOST_TEST(at<expr::Relu>(x) == x);
    BOOST_TEST(at<expr::Relu>(-x) == 0.0F);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_stays_so) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST(std::isnan(at<expr::Identity>(nan)));
  BOOST_TEST(std::isnan(at<expr::Relu>(nan)));
  BOOST_TEST(std::isnan(at<expr::Sigmoid>(nan)));
  BOOST_TEST(std::isnan(at<expr::Tanh>(nan)));
}
