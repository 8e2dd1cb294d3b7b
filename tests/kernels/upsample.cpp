// Enlarged images against the definitions, element by element, and their adjoints.
#define BOOST_TEST_MODULE kernels_upsample
#include <algorithm>
#include <convexpr/kernels/upsample.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr int channels = convexpr::simd::lanes + 3;

struct Case {
  int h, w, scale_h, scale_w;
};

const Case cases[] = {{4, 5, 2, 2}, {3, 7, 3, 4}, {1, 6, 5, 1},
                      {5, 1, 1, 7}, {1, 1, 4, 3}, {2, 3, 6, 5}};

double nearest_weight(int n, int scale, int i, int k) { return i / scale == k && k < n ? 1 : 0; }

double bilinear_weight(int n, int scale, int i, int k) {
  const double at = std::clamp((i + 0.5) / scale - 0.5, 0.0, n - 1.0);
  return std::max(0.0, 1 - std::abs(at - k));
}

template <class Weight, class Forward, class Backward>
void check(Weight weight, Forward forward, Backward backward) {
  for (const Case& c : cases) {
    const Extents in{2, channels, c.h, c.w};
    const Extents out{2, channels, c.h * c.scale_h, c.w * c.scale_w};
    const Buffer x(in, {1, 0, 2, 1});
    const Buffer y(out, {0, 1});
    const Buffer dx(in, {2, 1});
    test::Noise noise(41);
    x.fill(noise);
    forward(x, y);
    const auto enlarged = [&](int n, int ch, int i, int j) {
      double total = 0;
      for (int row = 0; row < c.h; ++row) {
        for (int column = 0; column < c.w; ++column) {
          total += weight(c.h, c.scale_h, i, row) * weight(c.w, c.scale_w, j, column) *
                   double{x.at(n, ch, row, column)};
        }
      }
      return total;
    };
    BOOST_TEST(test::distance(y, enlarged) <= 8 * epsilon);
    BOOST_TEST(y.untouched_around());
    y.fill(noise);  // dy from here on
    backward(y, dx);
    const auto gathered = [&](int n, int ch, int row, int column) {
      double total = 0;
      for (int i = 0; i < out.h; ++i) {
        for (int j = 0; j < out.w; ++j) {
          total += weight(c.h, c.scale_h, i, row) * weight(c.w, c.scale_w, j, column) *
                   double{y.at(n, ch, i, j)};
        }
      }
      return total;
    };
    BOOST_TEST(test::distance(dx, gathered) <= 8 * c.scale_h * c.scale_w * epsilon);
    BOOST_TEST(dx.untouched_around());
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(nearest_repeats_pixels) {
  check(nearest_weight, kernels::upsample_nearest, kernels::upsample_nearest_backward);
}

BOOST_AUTO_TEST_CASE(bilinear_draws_lines_between_centres) {
  check(bilinear_weight, kernels::upsample_bilinear, kernels::upsample_bilinear_backward);
}

BOOST_AUTO_TEST_CASE(a_constant_image_stays_as_it_is) {
  const Buffer x({1, channels, 3, 5});
  const Buffer y({1, channels, 9, 35});
  x.fill([](int, int c, int, int) { return 0.1F * static_cast<float>(c + 1); });
  kernels::upsample_bilinear(x, y);
  BOOST_TEST(test::distance(y, [&](int n, int c, int, int) { return x.at(n, c, 0, 0); }) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_scale_of_one_copies) {
  const Buffer x({1, channels, 3, 5});
  const Buffer y({1, channels, 3, 5}, {1});
  test::Noise noise(42);
  x.fill(noise);
  for (const auto enlarge : {kernels::upsample_nearest, kernels::upsample_bilinear}) {
    enlarge(x, y);
    BOOST_TEST(test::distance(y, [&](auto... at) { return x.at(at...); }) == 0.0);
  }
}
