// Softmax and its logarithm against their definitions in double precision.
#define BOOST_TEST_MODULE kernels_softmax
#include <convexpr/kernels/softmax.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr int lanes = convexpr::simd::lanes;
constexpr Extents shapes[] = {
    {2, 2 * lanes + 3, 3, 5}, {1, 1, 2, 3}, {3, lanes, 1, 1}, {2, 3, 1, 7}};

// log(sum over k of exp(x[k])) of one pixel, less its largest channel.
struct Normaliser {
  double largest = -HUGE_VAL;
  double rest = 0;

  Normaliser(const Buffer& x, int n, int i, int j) {
    for (int c = 0; c < x.extents().c; ++c) largest = std::fmax(largest, double{x.at(n, c, i, j)});
    double total = 0;
    for (int c = 0; c < x.extents().c; ++c) total += std::exp(double{x.at(n, c, i, j)} - largest);
    rest = std::log(total);
  }
};

double log_chance(const Buffer& x, int n, int c, int i, int j) {
  const Normaliser normaliser(x, n, i, j);
  return double{x.at(n, c, i, j)} - normaliser.largest - normaliser.rest;
}
double chance(const Buffer& x, int n, int c, int i, int j) {
  return std::exp(log_chance(x, n, c, i, j));
}

}  // namespace

BOOST_AUTO_TEST_CASE(chances_are_exponentials_over_their_sum) {
  for (const Extents& e : shapes) {
    for (const float amplitude : {1.0F, 80.0F}) {
      const Buffer x(e, {1, 0, 2, 1});
      const Buffer y(e, {0, 1});
      test::Noise noise(12);
      x.fill([&](auto...) { return amplitude * noise(); });
      kernels::softmax(x, y);
      BOOST_TEST(test::distance(y, [&](auto... at) { return chance(x, at...); }) <= 4 * epsilon);
      BOOST_TEST(y.untouched_around());
      kernels::log_softmax(x, y);
      BOOST_TEST(test::distance(y, [&](auto... at) { return log_chance(x, at...); }) <=
                 4 * epsilon);
      BOOST_TEST(y.untouched_around());
      const Buffer z(e, {2});
      z.fill([&](auto... at) { return x.at(at...); });
      kernels::log_softmax(z, z);
      BOOST_TEST(test::distance(z, [&](auto... at) { return y.at(at...); }) == 0.0);
      kernels::softmax(x, y);
      kernels::softmax(x, x);
      BOOST_TEST(test::distance(x, [&](auto... at) { return y.at(at...); }) == 0.0);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_softmax_is_its_jacobian_times_dy) {
  for (const Extents& e : shapes) {
    const Buffer x(e);
    const Buffer y(e, {1});
    const Buffer dy(e, {0, 1});
    const Buffer dx(e, {2});
    test::Noise noise(13);
    x.fill([&](auto...) { return 3 * noise(); });
    dy.fill(noise);
    kernels::softmax(x, y);
    kernels::softmax_backward(y, dy, dx);
    const auto wanted = [&](int n, int c, int i, int j) {
      double total = 0;
      for (int k = 0; k < e.c; ++k) {
        const double slope = (k == c ? 1.0 : 0.0) - chance(x, n, c, i, j);
        total += double{dy.at(n, k, i, j)} * chance(x, n, k, i, j) * slope;
      }
      return total;
    };
    BOOST_TEST(test::distance(dx, wanted) <= 4 * epsilon);
    BOOST_TEST(dx.untouched_around());
    kernels::softmax_backward(y, dy, dy);
    BOOST_TEST(test::distance(dy, [&](auto... at) { return dx.at(at...); }) == 0.0);
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_log_softmax_is_its_jacobian_times_dy) {
  for (const Extents& e : shapes) {
    const Buffer x(e);
    const Buffer y(e, {1});
    const Buffer dy(e, {0, 1});
    const Buffer dx(e, {2});
    test::Noise noise(14);
    x.fill([&](auto...) { return 3 * noise(); });
    dy.fill(noise);
    kernels::log_softmax(x, y);
    kernels::log_softmax_backward(y, dy, dx);
    const auto wanted = [&](int n, int c, int i, int j) {
      double total = 0;
      for (int k = 0; k < e.c; ++k) {
        total += double{dy.at(n, k, i, j)} * ((k == c ? 1.0 : 0.0) - chance(x, n, c, i, j));
      }
      return total;
    };
    // exp of a logarithm near -8 turns its rounding into eight times as much.
    BOOST_TEST(test::distance(dx, wanted) <= 20 * epsilon);
    BOOST_TEST(dx.untouched_around());
    kernels::log_softmax_backward(y, dy, dy);
    BOOST_TEST(test::distance(dy, [&](auto... at) { return dx.at(at...); }) == 0.0);
  }
}

BOOST_AUTO_TEST_CASE(huge_scores_do_not_overflow) {
  const Extents e{1, 3, 1, 1};
  const Buffer x(e);
  const Buffer y(e);
  x.fill([](int, int c, int, int) { return c == 1 ? 1e30 : -1e30; });
  kernels::softmax(x, y);
  BOOST_TEST(test::distance(y, [](int, int c, int, int) { return c == 1 ? 1 : 0; }) == 0.0);
  kernels::log_softmax(x, y);
  BOOST_TEST(y.at(0, 1, 0, 0) == 0.0F);
  BOOST_TEST(y.at(0, 0, 0, 0) == -2e30F);
}
