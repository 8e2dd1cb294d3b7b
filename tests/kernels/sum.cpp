// Sums of several maps, also in place of each of them.
#define BOOST_TEST_MODULE kernels_sum
#include <array>
#include <convexpr/kernels/sum.hpp>
#include <limits>

#include "buffer.hpp"
#include "functions.hpp"

namespace expr = convexpr::expr;
namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr Extents extents{2, convexpr::simd::lanes + 3, 3, 37};
constexpr double epsilon = std::numeric_limits<float>::epsilon();

struct Parts {
  Buffer a{extents, {1}};
  Buffer b{extents, {0, 2}};
  Buffer c{extents, {3, 0, 1, 2}};

  Parts() {
    test::Noise noise(3);
    for (const Buffer* part : {&a, &b, &c}) part->fill(noise);
  }
  double total(int n, int ch, int i, int j) const {
    return double{a.at(n, ch, i, j)} + b.at(n, ch, i, j) + c.at(n, ch, i, j);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(one_two_and_three_parts_add_up) {
  const Parts p;
  const Buffer y(extents, {1, 1, 2, 2});
  const std::array<kernels::ConstMaps, 3> parts{p.a, p.b, p.c};
  kernels::sum<expr::Identity>(std::span(parts).first(1), y);
  BOOST_TEST(test::distance(y, [&](auto... at) { return p.a.at(at...); }) == 0.0);
  kernels::sum<test::Relu>(std::span(parts).first(2), y);
  BOOST_TEST(test::distance(y, [&](auto... at) {
               return std::fmax(0.0, double{p.a.at(at...)} + p.b.at(at...));
             }) <= epsilon);
  kernels::sum<expr::Identity>(parts, y);
  BOOST_TEST(test::distance(y, [&](auto... at) { return p.total(at...); }) <= 2 * epsilon);
  BOOST_TEST(y.untouched_around());
  kernels::sum<test::Sigmoid>(parts, y);
  BOOST_TEST(test::distance(y, [&](auto... at) { return 1 / (1 + std::exp(-p.total(at...))); }) <=
             4 * epsilon);
  BOOST_TEST(y.untouched_around());
}

BOOST_AUTO_TEST_CASE(the_sum_may_replace_any_part) {
  for (int replaced = 0; replaced < 3; ++replaced) {
    const Parts p;
    const Parts original;
    const std::array<const Buffer*, 3> buffers{&p.a, &p.b, &p.c};
    const Buffer& y = *buffers[static_cast<std::size_t>(replaced)];
    const std::array<kernels::ConstMaps, 3> parts{p.a, p.b, p.c};
    kernels::sum<expr::Identity>(parts, y);
    BOOST_TEST(test::distance(y, [&](auto... at) { return original.total(at...); }) <= 2 * epsilon);
    BOOST_TEST(y.untouched_around());
  }
}
