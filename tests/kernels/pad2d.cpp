// Borders against their definition, element by element, and the adjoint against all that reads one.
#define BOOST_TEST_MODULE kernels_pad2d
#include <algorithm>
#include <convexpr/kernels/pad2d.hpp>
#include <cstdlib>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::Padding;
using convexpr::PaddingMode;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr int channels = convexpr::simd::lanes + 3;

struct Case {
  PaddingMode mode;
  int h, w;
  Padding padding;
};

const Case cases[] = {
    {PaddingMode::zeros, 5, 4, {2, 0, 1, 3}},     {PaddingMode::zeros, 1, 1, {1}},
    {PaddingMode::reflect, 5, 4, {4, 3, 4, 3}},   {PaddingMode::reflect, 3, 6, {0, 2, 1, 0}},
    {PaddingMode::reflect, 1, 3, {0, 2, 0, 1}},   {PaddingMode::replicate, 2, 3, {7, 1, 0, 9}},
    {PaddingMode::replicate, 1, 1, {2, 3, 1, 0}}, {PaddingMode::circular, 3, 5, {3, 5, 3, 5}},
    {PaddingMode::circular, 4, 2, {1, 0, 2, 2}},  {PaddingMode::mean, 6, 3, {1, 4, 0, 2}},
    {PaddingMode::mean, 4, 5, {0, 0, 3, 0}},      {PaddingMode::mean, 1, 1, {0, 1, 1, 0}},
    {PaddingMode::circular, 3, 4, {0, 0, 0, 0}},
};

/// Element of the axis that stands at k, -1 for none.
int source(PaddingMode mode, int k, int n) {
  if (k >= 0 && k < n) return k;
  switch (mode) {
    case PaddingMode::reflect: return k < 0 ? -k : 2 * (n - 1) - k;
    case PaddingMode::replicate: return k < 0 ? 0 : n - 1;
    case PaddingMode::circular: return k < 0 ? k + n : k - n;
    default: return -1;
  }
}

/// How much x(row, column) weighs in y(i, j).
double weight(const Case& c, int i, int j, int row, int column) {
  const int r = source(c.mode, i - c.padding.top, c.h);
  const int s = source(c.mode, j - c.padding.left, c.w);
  if (r >= 0 && s >= 0) return r == row && s == column ? 1 : 0;
  return c.mode == PaddingMode::mean ? 1.0 / (c.h * c.w) : 0;
}

Extents padded(const Case& c, int examples) {
  return {examples, channels, c.padding.top + c.h + c.padding.bottom,
          c.padding.left + c.w + c.padding.right};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_element_is_where_the_mode_says) {
  for (const Case& c : cases) {
    const Extents in{2, channels, c.h, c.w};
    const Buffer x(in, {1, 0, 2, 1});
    const Buffer y(padded(c, in.n), {0, 1, 1, 2});
    test::Noise noise(3);
    x.fill(noise);
    kernels::pad2d(x, y, c.padding, c.mode);
    const auto wanted = [&](int n, int ch, int i, int j) {
      double total = 0;
      for (int row = 0; row < c.h; ++row) {
        for (int column = 0; column < c.w; ++column) {
          total += weight(c, i, j, row, column) * double{x.at(n, ch, row, column)};
        }
      }
      return total;
    };
    BOOST_TEST(test::distance(y, wanted) <= (c.mode == PaddingMode::mean ? 9 * epsilon : 0));
    BOOST_TEST(y.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(the_adjoint_folds_the_border_back) {
  for (const Case& c : cases) {
    const Extents out = padded(c, 3);
    const Buffer dy(out, {1, 0, 2, 1});
    const Buffer dx({out.n, channels, c.h, c.w}, {0, 1, 1, 2});
    test::Noise noise(4);
    dy.fill(noise);
    kernels::pad2d_backward(dy, dx, c.padding, c.mode);
    const auto wanted = [&](int n, int ch, int row, int column) {
      double total = 0;
      for (int i = 0; i < out.h; ++i) {
        for (int j = 0; j < out.w; ++j) {
          total += weight(c, i, j, row, column) * double{dy.at(n, ch, i, j)};
        }
      }
      return total;
    };
    BOOST_TEST(test::distance(dx, wanted) <= 30 * epsilon);
    BOOST_TEST(dx.untouched_around());
  }
}
