// Max pooling and its gradient against plain loops over every window.
#define BOOST_TEST_MODULE kernels_max_pool2d
#include <convexpr/kernels/max_pool2d.hpp>
#include <convexpr/kernels/max_pool2d_backward.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::Window;
using test::Buffer;
using test::Extents;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr int channels = convexpr::simd::lanes + 3;

struct Case {
  int h, w;
  Window window;
  convexpr::window::Rounding rounding = convexpr::window::Rounding::down;
};

const Case cases[] = {
    {9, 12, {.kernel = 3, .stride = 2, .padding = 1}},
    {10, 13, {.kernel = 3, .stride = 2}, convexpr::window::Rounding::up},
    {7, 5, {.kernel = 3, .stride = 1, .padding = 1}},
    {7, 9, {.kernel = 2, .stride = 2}},
    {8, 10, {.kernel = 2, .stride = 2}},
    {11, 8, {.kernel = {4, 3}, .stride = {3, 2}, .dilation = {2, 1}, .padding = {2, 1, 1, 0}}},
    {11, 8, {.kernel = 3, .stride = 1, .dilation = 2, .padding = 1}},
    {3, 4, {.kernel = {3, 4}}},
};

Extents pooled(const Extents& in, const Case& c) {
  const convexpr::Extent2 out = convexpr::window::output_extent({in.h, in.w}, c.window, c.rounding);
  return {in.n, in.c, out.h, out.w};
}

// Calls f(row, column) for every pixel under the window at (i, j), in row-major order.
template <class F>
void for_each_pixel(const Extents& in, const Window& w, int i, int j, F f) {
  for (int u = 0; u < w.kernel.h; ++u) {
    for (int v = 0; v < w.kernel.w; ++v) {
      const int row = i * w.stride.h + u * w.dilation.h - w.padding.top;
      const int column = j * w.stride.w + v * w.dilation.w - w.padding.left;
      if (row >= 0 && row < in.h && column >= 0 && column < in.w) f(row, column);
    }
  }
}

float maximum(const Buffer& x, const Window& w, int n, int c, int i, int j) {
  float best = -infinity;
  for_each_pixel(x.extents(), w, i, j,
                 [&](int row, int column) { best = std::max(best, x.at(n, c, row, column)); });
  return best;
}

// The gradient by the definition: the first pixel of each window that equals its maximum.
Buffer& scatter(const Buffer& x, const Buffer& dy, const Window& w, Buffer& dx) {
  dx.fill([](auto...) { return 0.0F; });
  const Extents& e = dy.extents();
  for (int n = 0; n < e.n; ++n) {
    for (int c = 0; c < e.c; ++c) {
      for (int i = 0; i < e.h; ++i) {
        for (int j = 0; j < e.w; ++j) {
          const float best = maximum(x, w, n, c, i, j);
          bool found = false;
          for_each_pixel(x.extents(), w, i, j, [&](int row, int column) {
            if (found || x.at(n, c, row, column) != best) return;
            dx.at(n, c, row, column) += dy.at(n, c, i, j);
            found = true;
          });
        }
      }
    }
  }
  return dx;
}

// Calls f(window, rounding) for kernels up to 4 x 4, with the padding that each may have at most on
// no side, on all, and on two.
template <class F>
void for_each_window(F f) {
  for (int kernel = 0; kernel < 16; ++kernel) {
    for (int stride = 0; stride < 6; ++stride) {
      for (int dilation = 0; dilation < 4; ++dilation) {
        Window w{.kernel = {1 + kernel / 4, 1 + kernel % 4},
                 .stride = {1 + stride / 3, 1 + stride % 3},
                 .dilation = {1 + dilation / 2, 1 + dilation % 2}};
        const int h = convexpr::window::covered(w.kernel.h, w.dilation.h) / 2;
        const int v = convexpr::window::covered(w.kernel.w, w.dilation.w) / 2;
        for (const convexpr::Padding& padding :
             {convexpr::Padding(0), convexpr::Padding(h, v), convexpr::Padding(h, 0, 0, v),
              convexpr::Padding(0, v, h, 0)}) {
          w.padding = padding;
          f(w, convexpr::window::Rounding::down);
          f(w, convexpr::window::Rounding::up);
        }
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_largest_pixel_of_each_window_is_kept) {
  for (const Case& c : cases) {
    const Extents in{2, channels, c.h, c.w};
    const Buffer x(in, {1, 0, 2, 1});
    const Buffer y(pooled(in, c), {0, 1});
    test::Noise noise(7);
    x.fill([&](auto...) { return noise() - 2.0F; });  // all negative: zeros outside must not win
    kernels::max_pool2d(x, y, c.window);
    BOOST_TEST(test::distance(y, [&](auto... at) { return maximum(x, c.window, at...); }) == 0.0);
    BOOST_TEST(y.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_goes_to_the_first_maximum) {
  for (const Case& c : cases) {
    const Extents in{2, channels, c.h, c.w};
    const Buffer x(in, {1, 0, 2, 1});
    const Buffer dy(pooled(in, c), {0, 1});
    const Buffer dx(in, {2, 1});
    Buffer wanted(in);
    test::Noise noise(8);
    x.fill([&](auto...) { return std::floor(3 * noise()); });  // with many ties
    dy.fill(noise);
    kernels::max_pool2d_backward(x, dy, dx, c.window);
    scatter(x, dy, c.window, wanted);
    // A pixel gathers at most kh * kw gradients of at most 1, in the order of the windows.
    BOOST_TEST(test::distance(dx, [&](auto... at) { return wanted.at(at...); }) <= 1e-6);
    BOOST_TEST(dx.untouched_around());
  }
}

// Among them every fast path, and each beside what it must not be taken for.
BOOST_AUTO_TEST_CASE(all_windows_with_any_stride_dilation_padding_and_rounding) {
  int count = 0;
  for_each_window([&](const Window& w, convexpr::window::Rounding rounding) {
    const Extents in{1, 2, 9, 11};
    const Case c{in.h, in.w, w, rounding};
    const Buffer x(in);
    const Buffer y(pooled(in, c));
    const Buffer dx(in);
    Buffer wanted(in);
    test::Noise noise(10);
    x.fill([&](auto...) { return std::floor(3 * noise()) - 4; });  // all negative, with many ties
    kernels::max_pool2d(x, y, w);
    const double values = test::distance(y, [&](auto... at) { return maximum(x, w, at...); });
    y.fill(noise);  // dy from here on
    kernels::max_pool2d_backward(x, y, dx, w);
    scatter(x, y, w, wanted);
    const double gradients = test::distance(dx, [&](auto... at) { return wanted.at(at...); });
    BOOST_TEST_INFO("kernel " << w.kernel.h << " x " << w.kernel.w << ", stride " << w.stride.h
                              << " x " << w.stride.w << ", dilation " << w.dilation.h << " x "
                              << w.dilation.w << ", padding " << w.padding.top << ", "
                              << w.padding.left << ", " << w.padding.bottom << ", "
                              << w.padding.right);
    BOOST_TEST((values == 0 && gradients <= 1e-6 && dx.untouched_around()));
    ++count;
  });
  BOOST_TEST(count == 16 * 6 * 4 * 4 * 2);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_wins_and_loses_no_gradient) {
  const Extents in{1, 2, 4, 4};
  const Window window{.kernel = 3};
  const Buffer x(in);
  const Buffer y({1, 2, 2, 2});
  const Buffer dx(in);
  x.fill([](int, int, int i, int j) { return i * 4 + j; });
  x.at(0, 0, 1, 1) = std::numeric_limits<float>::quiet_NaN();
  kernels::max_pool2d(x, y, window);
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      BOOST_TEST(std::isnan(y.at(0, 0, i, j)));
      BOOST_TEST(y.at(0, 1, i, j) == x.at(0, 1, i + 2, j + 2));
    }
  }
  y.fill([](auto...) { return 1.0F; });
  kernels::max_pool2d_backward(x, y, dx, window);
  float total = 0;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) total += dx.at(0, 0, i, j);
  }
  BOOST_TEST(total == 4.0F);
  BOOST_TEST(dx.at(0, 1, 3, 3) == 1.0F);
}

BOOST_AUTO_TEST_CASE(windows_that_share_no_pixel_lose_no_gradient_to_what_is_not_a_number) {
  const Buffer x({1, 1, 4, 4});
  const Buffer dy({1, 1, 2, 2});
  const Buffer dx({1, 1, 4, 4});
  dy.fill([](auto...) { return 1.0F; });
  for (int at = 0; at < 4; ++at) {
    x.fill([](int, int, int i, int j) { return i * 4 + j; });
    x.at(0, 0, at / 2, at % 2) = std::numeric_limits<float>::quiet_NaN();
    kernels::max_pool2d_backward(x, dy, dx, {.kernel = 2, .stride = 2});
    float total = 0;
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) total += dx.at(0, 0, i, j);
    }
    BOOST_TEST(total == 1.0F);
    BOOST_TEST(dx.at(0, 0, 3, 3) == 1.0F);
  }
}

BOOST_AUTO_TEST_CASE(windows_over_the_edge_lose_no_gradient_to_what_is_not_a_number) {
  for (const Extents& in : {Extents{1, 1, 2, 5}, Extents{1, 1, 3, 3}, Extents{1, 1, 4, 4}}) {
    for (const int stride : {1, 2}) {
      const Case c{in.h, in.w, {.kernel = 3, .stride = stride, .padding = 1}};
      const Buffer x(in);
      const Buffer dy(pooled(in, c));
      const Buffer dx(in);
      dy.fill([](auto...) { return 1.0F; });
      for (int at = 0; at < in.h * in.w; ++at) {
        x.fill([&](int, int, int i, int j) { return i * in.w + j; });
        x.at(0, 0, at / in.w, at % in.w) = std::numeric_limits<float>::quiet_NaN();
        kernels::max_pool2d_backward(x, dy, dx, c.window);
        float total = 0;
        for (int i = 0; i < in.h * in.w; ++i) total += dx.at(0, 0, i / in.w, i % in.w);
        BOOST_TEST(total == static_cast<float>(dy.extents().h * dy.extents().w));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(minus_infinity_everywhere_stays_and_sends_the_gradient_to_the_first_pixel) {
  const Extents in{1, 1, 3, 3};
  const Window window{.kernel = 3};
  const Buffer x(in);
  const Buffer y({1, 1, 1, 1});
  const Buffer dx(in);
  x.fill([](auto...) { return -infinity; });
  kernels::max_pool2d(x, y, window);
  BOOST_TEST(y.at(0, 0, 0, 0) == -infinity);
  BOOST_TEST(y.untouched_around());
  y.fill([](auto...) { return 2.0F; });
  kernels::max_pool2d_backward(x, y, dx, window);
  BOOST_TEST(test::distance(dx, [](int, int, int i, int j) { return i + j == 0 ? 2 : 0; }) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_window_that_meets_no_pixel_gives_minus_infinity) {
  const Window window{.kernel = 2, .dilation = 2, .padding = 1};
  const Buffer x({1, channels, 1, 1});
  const Buffer y({1, channels, 1, 1});
  x.fill([](auto...) { return 1.0F; });
  kernels::max_pool2d(x, y, window);
  BOOST_TEST(test::distance(y, [](auto...) { return -infinity; }) == 0.0);
  BOOST_TEST(y.untouched_around());
  kernels::max_pool2d_backward(x, y, x, window);
  BOOST_TEST(test::distance(x, [](auto...) { return 0; }) == 0.0);
}
