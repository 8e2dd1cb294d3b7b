// Average pooling against plain loops over every window, and its adjoints against <A x, dy>.
#define BOOST_TEST_MODULE kernels_avg_pool2d
#include <convexpr/kernels/avg_pool2d.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::Window;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr int channels = convexpr::simd::lanes + 3;

struct Case {
  int h, w;
  Window window;
  convexpr::window::Rounding rounding = convexpr::window::Rounding::down;
};

const Case cases[] = {
    {9, 12, {.kernel = 3, .stride = 2, .padding = 1}},
    {10, 13, {.kernel = 3, .stride = 2, .padding = 1}, convexpr::window::Rounding::up},
    {14, 11, {.kernel = 5, .stride = 3}, convexpr::window::Rounding::up},
    {11, 8, {.kernel = {4, 3}, .stride = {3, 2}, .padding = {2, 1, 1, 0}}},
    {3, 4, {.kernel = {3, 4}}},
};

Extents pooled(const Extents& in, const Case& c) {
  const convexpr::Extent2 out = convexpr::window::output_extent({in.h, in.w}, c.window, c.rounding);
  return {in.n, in.c, out.h, out.w};
}

// How much x(row, column) weighs in y(i, j): every tap is asked where it stands.
double weight(const Extents& in, const Window& w, bool count_include_pad, int i, int j, int row,
              int column) {
  int inside = 0;
  int padded = 0;
  bool covered = false;
  for (int u = 0; u < w.kernel.h; ++u) {
    for (int v = 0; v < w.kernel.w; ++v) {
      const int r = i * w.stride.h + u - w.padding.top;
      const int c = j * w.stride.w + v - w.padding.left;
      if (r < in.h + w.padding.bottom && c < in.w + w.padding.right) ++padded;
      if (r >= 0 && r < in.h && c >= 0 && c < in.w) ++inside;
      covered = covered || (r == row && c == column);
    }
  }
  return covered ? 1.0 / (count_include_pad ? padded : inside) : 0.0;
}

double dot(const Buffer& a, const Buffer& b) {
  double total = 0;
  const Extents& e = a.extents();
  for (int n = 0; n < e.n; ++n) {
    for (int c = 0; c < e.c; ++c) {
      for (int i = 0; i < e.h; ++i) {
        for (int j = 0; j < e.w; ++j) total += double{a.at(n, c, i, j)} * b.at(n, c, i, j);
      }
    }
  }
  return total;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_window_is_averaged_over_what_it_counts) {
  for (const bool count_include_pad : {true, false}) {
    for (const Case& c : cases) {
      const Extents in{2, channels, c.h, c.w};
      const Buffer x(in, {1, 0, 2, 1});
      const Buffer y(pooled(in, c), {0, 1});
      test::Noise noise(9);
      x.fill(noise);
      kernels::avg_pool2d(x, y, c.window, count_include_pad);
      const auto wanted = [&](int n, int ch, int i, int j) {
        double total = 0;
        for (int row = 0; row < in.h; ++row) {
          for (int column = 0; column < in.w; ++column) {
            total += weight(in, c.window, count_include_pad, i, j, row, column) *
                     double{x.at(n, ch, row, column)};
          }
        }
        return total;
      };
      BOOST_TEST(test::distance(y, wanted) <= 5 * epsilon);
      BOOST_TEST(y.untouched_around());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_backward_pass_is_the_adjoint) {
  for (const bool count_include_pad : {true, false}) {
    for (const Case& c : cases) {
      const Extents in{2, channels, c.h, c.w};
      const Extents out = pooled(in, c);
      const Buffer dx(in, {1, 0, 2, 1});
      const Buffer dy(out, {0, 1});
      test::Noise noise(10);
      dy.fill(noise);
      kernels::avg_pool2d_backward(dy, dx, c.window, count_include_pad);
      const auto wanted = [&](int n, int ch, int row, int column) {
        double total = 0;
        for (int i = 0; i < out.h; ++i) {
          for (int j = 0; j < out.w; ++j) {
            total += weight(in, c.window, count_include_pad, i, j, row, column) *
                     double{dy.at(n, ch, i, j)};
          }
        }
        return total;
      };
      BOOST_TEST(test::distance(dx, wanted) <= 5 * epsilon);
      BOOST_TEST(dx.untouched_around());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_global_average_counts_every_pixel_once) {
  const Extents in{3, channels, 7, 5};
  const Extents out{3, channels, 1, 1};
  const Buffer x(in, {1, 2, 0, 1});
  const Buffer y(out);
  const Buffer dy(out);
  const Buffer dx(in, {2});
  test::Noise noise(11);
  x.fill(noise);
  dy.fill(noise);
  kernels::global_avg_pool2d(x, y);
  const auto wanted = [&](int n, int c, int, int) {
    double total = 0;
    for (int i = 0; i < in.h; ++i) {
      for (int j = 0; j < in.w; ++j) total += double{x.at(n, c, i, j)};
    }
    return total / (in.h * in.w);
  };
  BOOST_TEST(test::distance(y, wanted) <= 5 * epsilon);
  BOOST_TEST(y.untouched_around());
  kernels::global_avg_pool2d_backward(dy, dx);
  BOOST_TEST(test::distance(dx, [&](int n, int c, int, int) {
               return double{dy.at(n, c, 0, 0)} / (in.h * in.w);
             }) <= epsilon);
  BOOST_TEST(dx.untouched_around());
  BOOST_TEST(std::abs(dot(y, dy) - dot(x, dx)) <= 1e-5);
}
