// Pooling to a given size against plain loops over what each output touches.
#define BOOST_TEST_MODULE kernels_adaptive_pool2d
#include <convexpr/kernels/adaptive_pool2d.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr int channels = convexpr::simd::lanes + 3;

struct Case {
  int h, w, out_h, out_w;
};

const Case cases[] = {{12, 7, 4, 3}, {11, 5, 4, 5}, {5, 19, 1, 2}, {3, 2, 7, 5}, {6, 9, 1, 1}};

// Whether part i of m touches element k of n.
bool touches(int n, int m, int i, int k) { return (k + 1) * m > i * n && k * m < (i + 1) * n; }

// Calls f(row, column) for every pixel of part (i, j), in row-major order.
template <class F>
void for_each_pixel(const Case& c, int i, int j, F f) {
  for (int row = 0; row < c.h; ++row) {
    for (int column = 0; column < c.w; ++column) {
      if (touches(c.h, c.out_h, i, row) && touches(c.w, c.out_w, j, column)) f(row, column);
    }
  }
}

int pixels(const Case& c, int i, int j) {
  int count = 0;
  for_each_pixel(c, i, j, [&](int, int) { ++count; });
  return count;
}

float maximum(const Buffer& x, const Case& s, int n, int c, int i, int j) {
  float best = -infinity;
  for_each_pixel(s, i, j,
                 [&](int row, int column) { best = std::max(best, x.at(n, c, row, column)); });
  return best;
}

}  // namespace

BOOST_AUTO_TEST_CASE(means_of_parts_and_their_adjoint) {
  for (const Case& c : cases) {
    const Extents in{2, channels, c.h, c.w};
    const Extents out{2, channels, c.out_h, c.out_w};
    const Buffer x(in, {1, 0, 2, 1});
    const Buffer y(out, {0, 1});
    const Buffer dx(in, {2, 1});
    test::Noise noise(31);
    x.fill(noise);
    kernels::adaptive_avg_pool2d(x, y);
    const auto mean = [&](int n, int ch, int i, int j) {
      double total = 0;
      for_each_pixel(c, i, j,
                     [&](int row, int column) { total += double{x.at(n, ch, row, column)}; });
      return total / pixels(c, i, j);
    };
    BOOST_TEST(test::distance(y, mean) <= c.h * c.w * epsilon);
    BOOST_TEST(y.untouched_around());
    y.fill(noise);  // dy from here on
    kernels::adaptive_avg_pool2d_backward(y, dx);
    const auto gathered = [&](int n, int ch, int row, int column) {
      double total = 0;
      for (int i = 0; i < c.out_h; ++i) {
        for (int j = 0; j < c.out_w; ++j) {
          if (touches(c.h, c.out_h, i, row) && touches(c.w, c.out_w, j, column)) {
            total += double{y.at(n, ch, i, j)} / pixels(c, i, j);
          }
        }
      }
      return total;
    };
    BOOST_TEST(test::distance(dx, gathered) <= 9 * epsilon);
    BOOST_TEST(dx.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(the_largest_pixel_of_each_part_is_kept) {
  for (const Case& c : cases) {
    const Buffer x({2, channels, c.h, c.w}, {1, 0, 2, 1});
    const Buffer y({2, channels, c.out_h, c.out_w}, {0, 1});
    test::Noise noise(32);
    x.fill([&](auto...) { return noise() - 2.0F; });  // all negative
    kernels::adaptive_max_pool2d(x, y);
    BOOST_TEST(test::distance(y, [&](auto... at) { return maximum(x, c, at...); }) == 0.0);
    BOOST_TEST(y.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_goes_to_the_first_maximum_of_each_part) {
  for (const Case& c : cases) {
    const Extents in{2, channels, c.h, c.w};
    const Buffer x(in, {1, 0, 2, 1});
    const Buffer dy({2, channels, c.out_h, c.out_w}, {0, 1});
    const Buffer dx(in, {2, 1});
    const Buffer wanted(in);
    test::Noise noise(33);
    x.fill([&](auto...) { return std::floor(3 * noise()); });  // with many ties
    dy.fill(noise);
    kernels::adaptive_max_pool2d_backward(x, dy, dx);
    wanted.fill([](auto...) { return 0.0F; });
    for (int n = 0; n < 2; ++n) {
      for (int ch = 0; ch < channels; ++ch) {
        for (int i = 0; i < c.out_h; ++i) {
          for (int j = 0; j < c.out_w; ++j) {
            bool found = false;
            for_each_pixel(c, i, j, [&](int row, int column) {
              if (found || x.at(n, ch, row, column) != maximum(x, c, n, ch, i, j)) return;
              wanted.at(n, ch, row, column) += dy.at(n, ch, i, j);
              found = true;
            });
          }
        }
      }
    }
    BOOST_TEST(test::distance(dx, [&](auto... at) { return wanted.at(at...); }) <= 1e-6);
    BOOST_TEST(dx.untouched_around());
  }
}

// The part has more than four columns, so that four maxima run side by side.
BOOST_AUTO_TEST_CASE(what_is_not_a_number_wins_wherever_it_stands) {
  const Extents in{1, 2, 3, 9};
  const Buffer y({1, 2, 1, 1});
  for (int at = 0; at < in.h * in.w; ++at) {
    const Buffer x(in);
    x.fill([](int, int, int i, int j) { return 10 - i - j; });
    x.at(0, 0, at / in.w, at % in.w) = std::numeric_limits<float>::quiet_NaN();
    kernels::adaptive_max_pool2d(x, y);
    BOOST_TEST(std::isnan(y.at(0, 0, 0, 0)));
    BOOST_TEST(y.at(0, 1, 0, 0) == 10.0F);
    const Buffer dx(in);
    y.fill([](auto...) { return 2.0F; });
    kernels::adaptive_max_pool2d_backward(x, y, dx);
    float total = 0;
    for (int i = 0; i < in.h; ++i) {
      for (int j = 0; j < in.w; ++j) total += dx.at(0, 0, i, j);
    }
    BOOST_TEST(total == 2.0F);
    BOOST_TEST(dx.at(0, 1, 0, 0) == 2.0F);
  }
}

BOOST_AUTO_TEST_CASE(minus_infinity_everywhere_stays_and_sends_the_gradient_to_the_first_pixel) {
  const Buffer x({1, 1, 3, 5});
  const Buffer y({1, 1, 1, 1});
  const Buffer dx({1, 1, 3, 5});
  x.fill([](auto...) { return -infinity; });
  kernels::adaptive_max_pool2d(x, y);
  BOOST_TEST(y.at(0, 0, 0, 0) == -infinity);
  BOOST_TEST(y.untouched_around());
  y.fill([](auto...) { return 2.0F; });
  kernels::adaptive_max_pool2d_backward(x, y, dx);
  BOOST_TEST(test::distance(dx, [](int, int, int i, int j) { return i + j == 0 ? 2 : 0; }) == 0.0);
}
