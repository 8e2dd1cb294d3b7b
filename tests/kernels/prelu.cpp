// The rectifier with a learned slope: around the image, in place, and where the slope jumps.
#define BOOST_TEST_MODULE kernels_prelu
#include <convexpr/kernels/prelu.hpp>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr Extents extents{2, convexpr::simd::lanes + 3, 5, 7};
constexpr float slope = -0.4F;

}  // namespace

BOOST_AUTO_TEST_CASE(values_and_gradients_are_those_of_the_definition) {
  const Buffer x(extents, {1, 2, 0, 1});
  const Buffer y(extents, {0, 1, 3, 0});
  const Buffer dy(extents, {1});
  const Buffer dx(extents, {2});
  test::Noise noise(31);
  x.fill([&](int, int, int i, int) { return i == 2 ? 0.0F : noise(); });
  dy.fill(noise);
  kernels::prelu(x, slope, y);
  BOOST_TEST(test::distance(y, [&](auto... at) {
               return x.at(at...) > 0 ? x.at(at...) : slope * x.at(at...);
             }) == 0.0);
  BOOST_TEST(y.untouched_around());

  double wanted = 0;
  for (int n = 0; n < extents.n; ++n) {
    for (int c = 0; c < extents.c; ++c) {
      for (int i = 0; i < extents.h; ++i) {
        for (int j = 0; j < extents.w; ++j) {
          if (x.at(n, c, i, j) <= 0) wanted += double{dy.at(n, c, i, j)} * x.at(n, c, i, j);
        }
      }
    }
  }
  float dslope = test::marker;
  kernels::prelu_backward(x, dy, slope, dx, &dslope);
  BOOST_TEST(std::abs(double{dslope} - wanted) <= 1e-5);
  BOOST_TEST(test::distance(dx, [&](auto... at) {
               return x.at(at...) > 0 ? dy.at(at...) : slope * dy.at(at...);
             }) == 0.0);
  BOOST_TEST(dx.untouched_around());

  kernels::prelu_backward(x, dy, slope, dy, &dslope);
  BOOST_TEST(test::distance(dy, [&](auto... at) { return dx.at(at...); }) == 0.0);
  kernels::prelu(x, slope, x);
  BOOST_TEST(test::distance(x, [&](auto... at) { return y.at(at...); }) == 0.0);
}
