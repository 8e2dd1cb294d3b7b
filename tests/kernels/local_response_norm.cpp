// Local response normalisation against its definition, its gradient against the chain rule written
// out channel by channel.
#define BOOST_TEST_MODULE kernels_local_response_norm
#include <convexpr/kernels/local_response_norm.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr int lanes = convexpr::simd::lanes;

struct Case {
  int channels;
  kernels::LocalResponse response;
  int height = 3;
  int width = 5;
};

const Case cases[] = {
    {2 * lanes + 3, {5, 0.3F, 0.75F, 1.0F}}, {lanes, {5, 0.3F, 0.75F, 2.0F}},
    {lanes + 1, {4, 0.5F, 0.5F, 1.0F}},      {3, {5, 1.0F, 1.0F, 1.0F}},
    {2 * lanes, {1, 0.3F, 0.6F, 1.5F}},      {5 * lanes - 1, {2 * lanes + 6, 2.0F, 0.75F, 1.0F}},
    {7, {400, 9.0F, 0.75F, 1.0F}},           {4096 + 2 * lanes, {9, 1.0F, 0.75F, 1.0F}, 1, 1},
};

double energy(const Buffer& x, const kernels::LocalResponse& p, int n, int c, int i, int j) {
  double total = 0;
  for (int d = c - p.size / 2; d <= c + (p.size - 1) / 2; ++d) {
    if (d < 0 || d >= x.extents().c) continue;
    total += double{x.at(n, d, i, j)} * x.at(n, d, i, j);
  }
  return double{p.k} + double{p.alpha} / p.size * total;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_channel_is_divided_by_a_power_of_its_neighbours_energy) {
  for (const Case& c : cases) {
    const kernels::LocalResponse& p = c.response;
    const Extents e{2, c.channels, c.height, c.width};
    const Buffer x(e, {1, 0, 2, 1});
    const Buffer y(e, {0, 1});
    test::Noise noise(15);
    x.fill([&](auto...) { return 3 * noise(); });
    kernels::local_response_norm(x, y, p);
    const auto wanted = [&](auto... at) {
      return double{x.at(at...)} * std::pow(energy(x, p, at...), -double{p.beta});
    };
    BOOST_TEST(test::distance(y, wanted) <= 8 * epsilon);
    BOOST_TEST(y.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(up_to_a_thousand_channels_may_be_overwritten) {
  const Case thousand[] = {{1000, {5, 0.3F, 0.75F, 1.0F}}, {1000, {2000, 3.0F, 0.5F, 1.0F}}};
  const auto check = [](const Case& c) {
    if (c.channels > 1000) return;
    const Extents e{2, c.channels, c.height, 2 * c.width + 1};
    const Buffer x(e, {1, 0, 2, 1});
    const Buffer y(e);
    test::Noise noise(17);
    x.fill([&](auto...) { return 3 * noise(); });
    kernels::local_response_norm(x, y, c.response);
    kernels::local_response_norm(x, x, c.response);
    BOOST_TEST(test::distance(x, [&](auto... at) { return double{y.at(at...)}; }) == 0);
    BOOST_TEST(x.untouched_around());
  };
  for (const Case& c : cases) check(c);
  for (const Case& c : thousand) check(c);
}

BOOST_AUTO_TEST_CASE(the_gradient_follows_the_chain_rule) {
  for (const Case& c : cases) {
    const kernels::LocalResponse& p = c.response;
    const Extents e{2, c.channels, c.height, c.width};
    const Buffer x(e, {1, 0, 2, 1});
    const Buffer dy(e, {0, 1});
    const Buffer dx(e, {2});
    test::Noise noise(16);
    x.fill([&](auto...) { return 3 * noise(); });
    dy.fill(noise);
    kernels::local_response_norm_backward(x, dy, dx, p);
    const auto wanted = [&](int n, int d, int i, int j) {
      const double beta = double{p.beta};
      double total = double{dy.at(n, d, i, j)} * std::pow(energy(x, p, n, d, i, j), -beta);
      for (int k = 0; k < e.c; ++k) {
        if (d < k - p.size / 2 || d > k + (p.size - 1) / 2) continue;
        total -= double{dy.at(n, k, i, j)} * x.at(n, k, i, j) * beta *
                 std::pow(energy(x, p, n, k, i, j), -beta - 1) * 2 * double{p.alpha} / p.size *
                 x.at(n, d, i, j);
      }
      return total;
    };
    BOOST_TEST(test::distance(dx, wanted) <= 16 * epsilon);
    BOOST_TEST(dx.untouched_around());
  }
}
