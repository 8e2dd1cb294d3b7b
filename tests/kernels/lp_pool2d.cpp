// Norms of windows against plain loops in double, within the bounds that the kernel states.
#define BOOST_TEST_MODULE kernels_lp_pool2d
#include <convexpr/kernels/lp_pool2d.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::Window;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr int channels = convexpr::simd::lanes + 3;

struct Case {
  int h, w;
  Window window;
  convexpr::window::Rounding rounding = convexpr::window::Rounding::down;
};

const Case cases[] = {
    {9, 12, {.kernel = 3, .stride = 2, .padding = 1}},
    {10, 13, {.kernel = 3, .stride = 2, .padding = 1}, convexpr::window::Rounding::up},
    {11, 8, {.kernel = {4, 3}, .stride = {3, 2}, .padding = {2, 1, 1, 0}}},
    {1, 9, {.kernel = {1, 4}, .stride = {1, 3}}, convexpr::window::Rounding::up},
    {3, 4, {.kernel = {3, 4}}},
};

Extents pooled(const Extents& in, const Case& c) {
  const convexpr::Extent2 out = convexpr::window::output_extent({in.h, in.w}, c.window, c.rounding);
  return {in.n, in.c, out.h, out.w};
}

// Calls f(row, column) for every pixel under the window at (i, j).
template <class F>
void for_each_pixel(const Extents& in, const Window& w, int i, int j, F f) {
  for (int u = 0; u < w.kernel.h; ++u) {
    for (int v = 0; v < w.kernel.w; ++v) {
      const int row = i * w.stride.h + u - w.padding.top;
      const int column = j * w.stride.w + v - w.padding.left;
      if (row >= 0 && row < in.h && column >= 0 && column < in.w) f(row, column);
    }
  }
}

// Positions of the window over those inside the padded image.
double share(const Extents& in, const Window& w, int i, int j) {
  int inside = 0;
  for (int u = 0; u < w.kernel.h; ++u) {
    for (int v = 0; v < w.kernel.w; ++v) {
      const int row = i * w.stride.h + u - w.padding.top;
      const int column = j * w.stride.w + v - w.padding.left;
      if (row < in.h + w.padding.bottom && column < in.w + w.padding.right) ++inside;
    }
  }
  return double{1} * w.kernel.h * w.kernel.w / inside;
}

struct Norm {
  double sum = 0;
  double magnitudes = 0;  // the sum of |x|^P

  Norm(const Buffer& x, const Window& w, int power, int n, int c, int i, int j) {
    for_each_pixel(x.extents(), w, i, j, [&](int row, int column) {
      const double term = std::pow(double{x.at(n, c, row, column)}, power);
      sum += term * share(x.extents(), w, i, j);
      magnitudes += std::abs(term) * share(x.extents(), w, i, j);
    });
  }
  double root(int power) const { return std::copysign(std::pow(std::abs(sum), 1.0 / power), sum); }
};

void check_values(const Buffer& x, const Buffer& y, const Case& c, int power) {
  const Extents& e = y.extents();
  const int taps = c.window.kernel.h * c.window.kernel.w;
  double worst = 0;  // in bounds
  for (int n = 0; n < e.n; ++n) {
    for (int ch = 0; ch < e.c; ++ch) {
      for (int i = 0; i < e.h; ++i) {
        for (int j = 0; j < e.w; ++j) {
          const Norm norm(x, c.window, power, n, ch, i, j);
          const double of_sum = (taps + power + 1) * epsilon * norm.magnitudes;
          const double low = std::pow(std::max(0.0, std::abs(norm.sum) - of_sum), 1.0 / power);
          const double high = std::pow(std::abs(norm.sum) + of_sum, 1.0 / power);
          const double of_root = power == 1 ? 0
                                 : power == 2
                                     ? 1
                                     : 3 + 2 * std::abs(std::log(std::abs(norm.sum))) / power;
          const double bound = high - low + of_root * epsilon * high;
          const double error = std::abs(double{y.at(n, ch, i, j)} - norm.root(power));
          worst = std::max(worst, std::isnan(error) ? HUGE_VAL : error / bound);
        }
      }
    }
  }
  BOOST_TEST(worst <= 1.0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(norms_are_within_their_bound) {
  for (const int power : {1, 2, 3, 4, 5, 8}) {
    for (const Case& c : cases) {
      for (const float scale : {1.0F, 1e-3F, 1e3F}) {
        const Extents in{2, channels, c.h, c.w};
        const Buffer x(in, {1, 0, 2, 1});
        const Buffer y(pooled(in, c), {0, 1});
        test::Noise noise(21);
        x.fill([&](auto...) { return scale * noise(); });
        kernels::lp_pool2d(x, y, c.window, power);
        check_values(x, y, c, power);
        BOOST_TEST(y.untouched_around());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_are_shared_out_by_size) {
  for (const int power : {1, 2, 3, 4, 7}) {
    for (const Case& c : cases) {
      const Extents in{2, channels, c.h, c.w};
      const Extents out = pooled(in, c);
      const Buffer x(in, {1, 0, 2, 1});
      const Buffer y(out, {1});
      const Buffer dy(out, {0, 1});
      const Buffer dx(in, {2, 1});
      test::Noise noise(22);
      x.fill([&](auto...) { return power % 2 == 1 ? 1.5F + noise() : noise(); });
      dy.fill(noise);
      kernels::lp_pool2d(x, y, c.window, power);
      kernels::lp_pool2d_backward(x, y, dy, dx, c.window, power);
      const auto wanted = [&](int n, int ch, int row, int column) {
        double total = 0;
        for (int i = 0; i < out.h; ++i) {
          for (int j = 0; j < out.w; ++j) {
            for_each_pixel(in, c.window, i, j, [&](int r, int k) {
              if (r != row || k != column) return;
              const double norm = Norm(x, c.window, power, n, ch, i, j).root(power);
              total += double{dy.at(n, ch, i, j)} * share(in, c.window, i, j) *
                       std::pow(double{x.at(n, ch, row, column)} / std::abs(norm), power - 1);
            });
          }
        }
        return total;
      };
      BOOST_TEST(test::distance(dx, wanted) <= 100 * epsilon);
      BOOST_TEST(dx.untouched_around());
    }
  }
}

// PyTorch has NaN for the first; the second goes to zero with it.
BOOST_AUTO_TEST_CASE(a_negative_sum_has_a_real_root_and_a_gradient) {
  const Buffer x({1, 1, 1, 2});
  const Buffer y({1, 1, 1, 1});
  const Buffer dx({1, 1, 1, 2});
  const Window window{.kernel = {1, 2}};
  x.fill([](int, int, int, int j) { return j == 0 ? -3.0F : 1.0F; });
  kernels::lp_pool2d(x, y, window, 3);
  BOOST_TEST(double{y.at(0, 0, 0, 0)} == -std::cbrt(26.0), boost::test_tools::tolerance(1e-6));
  const Buffer dy({1, 1, 1, 1});
  dy.fill([](auto...) { return 1.0F; });
  kernels::lp_pool2d_backward(x, y, dy, dx, window, 3);
  const double size = std::pow(26.0, -2.0 / 3);
  BOOST_TEST(double{dx.at(0, 0, 0, 0)} == 9 * size, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(double{dx.at(0, 0, 0, 1)} == size, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_sum_of_zero_has_a_norm_and_a_gradient_of_zero) {
  const Buffer dy({1, channels, 1, 1});
  dy.fill([](auto...) { return 1.0F; });
  const Window window{.kernel = 2};
  for (const int power : {1, 2, 3, 4}) {
    const Buffer x({1, channels, 2, 2});
    const Buffer y({1, channels, 1, 1});
    const Buffer dx({1, channels, 2, 2});
    x.fill([&](int, int c, int i, int j) {  // zeros, or what cancels
      return c % 2 == 0 || power % 2 == 0 ? 0.0F : (i + j) % 2 == 0 ? 2.0F : -2.0F;
    });
    kernels::lp_pool2d(x, y, window, power);
    BOOST_TEST(test::distance(y, [](auto...) { return 0.0; }) == 0.0);
    kernels::lp_pool2d_backward(x, y, dy, dx, window, power);
    BOOST_TEST(test::distance(dx, [](auto...) { return 0.0; }) == 0.0);
    BOOST_TEST(dx.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_stays_and_what_is_infinite_stays) {
  for (const int power : {1, 2, 3, 4}) {
    const Buffer x({1, 2, 2, 2});
    const Buffer y({1, 2, 1, 1});
    x.fill([](int, int c, int i, int j) {
      return i + j > 0 ? 1.0F : c == 0 ? not_a_number : infinity;
    });
    kernels::lp_pool2d(x, y, {.kernel = 2}, power);
    BOOST_TEST(std::isnan(y.at(0, 0, 0, 0)));
    BOOST_TEST(y.at(0, 1, 0, 0) == infinity);
    BOOST_TEST(y.untouched_around());
  }
}
