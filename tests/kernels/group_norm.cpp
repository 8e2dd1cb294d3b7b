// Normalisation of groups of channels and its gradients against plain loops in double precision.
#define BOOST_TEST_MODULE kernels_group_norm
#include <convexpr/kernels/group_norm.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::AlignedBuffer;
using convexpr::simd::lanes;
using kernels::PerChannel;
using kernels::PerElement;
using test::Buffer;
using test::Extents;

namespace {

constexpr float norm_epsilon = 1e-3F;
constexpr double bound = 2e-6;
// Three groups that begin and end within vectors, whatever these have of lanes.
constexpr Extents extents{3, 3 * (lanes + 3), 5, 7};
constexpr int groups = 3;

// Calls f(c, i, j) for every value of the group that channel `of` belongs to.
template <class F>
void for_each_in_group(int of, F f) {
  const int size = extents.c / groups;
  const int first = of / size * size;
  for (int c = first; c < first + size; ++c) {
    for (int i = 0; i < extents.h; ++i) {
      for (int j = 0; j < extents.w; ++j) f(c, i, j);
    }
  }
}

constexpr double group_size = extents.c / groups * extents.h * extents.w;

struct Group {
  double mean = 0;
  double inverse = 0;

  Group(const Buffer& x, int n, int of) {
    for_each_in_group(of, [&](int c, int i, int j) { mean += x.at(n, c, i, j) / group_size; });
    double variance = 0;
    for_each_in_group(of, [&](int c, int i, int j) {
      variance += std::pow(x.at(n, c, i, j) - mean, 2) / group_size;
    });
    inverse = 1 / std::sqrt(variance + double{norm_epsilon});
  }
};

struct Fixture {
  test::Noise noise{23};
  Buffer x{extents, {1, 0, 2, 1}};
  Buffer y{extents, {0, 3, 1, 0}};
  Buffer dy{extents, {0, 1}};
  Buffer dx{extents, {2}};
  Buffer weight{{1, extents.c, extents.h, extents.w}};  // per element; of which one pixel a channel
  Buffer bias{{1, extents.c, extents.h, extents.w}};
  Buffer channel_weight{{1, extents.c, 1, 1}};
  Buffer channel_bias{{1, extents.c, 1, 1}};
  AlignedBuffer<float> scratch{kernels::group_norm_scratch(extents.c)};

  Fixture() {
    x.fill([&](int n, int c, int, int) { return noise() + static_cast<float>(n + c % 5); });
    dy.fill(noise);
    for (const Buffer* b : {&weight, &bias, &channel_weight, &channel_bias}) b->fill(noise);
  }
  double xhat(int n, int c, int i, int j) const {
    const Group g(x, n, c);
    return (double{x.at(n, c, i, j)} - g.mean) * g.inverse;
  }
  // The gradient, with w(c, i, j) as weights.
  template <class W>
  void check_gradient(W w) const {
    double worst = 0;
    for (int n = 0; n < extents.n; ++n) {
      for (int of = 0; of < extents.c; of += extents.c / groups) {
        const Group g(x, n, of);
        const auto hat = [&](int c, int i, int j) {
          return (double{x.at(n, c, i, j)} - g.mean) * g.inverse;
        };
        double common = 0;
        double steepness = 0;
        for_each_in_group(of, [&](int c, int i, int j) {
          const double own = double{dy.at(n, c, i, j)} * w(c, i, j);
          common += own / group_size;
          steepness += own * hat(c, i, j) / group_size;
        });
        for_each_in_group(of, [&](int c, int i, int j) {
          const double own = double{dy.at(n, c, i, j)} * w(c, i, j);
          const double wanted = g.inverse * (own - common - hat(c, i, j) * steepness);
          worst = std::fmax(worst, std::abs(double{dx.at(n, c, i, j)} - wanted));
        });
      }
    }
    BOOST_TEST(worst <= bound);
    BOOST_TEST(dx.untouched_around());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_weight_for_each_channel, Fixture) {
  kernels::group_norm(x, y, groups, norm_epsilon, PerChannel{channel_weight.maps().data, 1},
                      PerChannel{channel_bias.maps().data, 0}, scratch.data());
  const auto wanted = [&](int n, int c, int i, int j) {
    return xhat(n, c, i, j) * channel_weight.at(0, c, 0, 0) + channel_bias.at(0, c, 0, 0);
  };
  BOOST_TEST(test::distance(y, wanted) <= bound);
  BOOST_TEST(y.untouched_around());
  const Buffer dweight({1, extents.c, 1, 1});
  const Buffer dbias({1, extents.c, 1, 1});
  kernels::group_norm_backward(x, dy, dx, groups, norm_epsilon,
                               PerChannel{channel_weight.maps().data, 1}, dweight.maps().data,
                               dbias.maps().data, scratch.data());
  check_gradient([&](int c, int, int) { return double{channel_weight.at(0, c, 0, 0)}; });
  const auto sum = [&](int c, auto term) {
    double total = 0;
    for (int n = 0; n < extents.n; ++n) {
      for (int i = 0; i < extents.h; ++i) {
        for (int j = 0; j < extents.w; ++j) total += double{dy.at(n, c, i, j)} * term(n, i, j);
      }
    }
    return total;
  };
  BOOST_TEST(test::distance(dweight, [&](int, int c, int, int) {
               return sum(c, [&](int n, int i, int j) { return xhat(n, c, i, j); });
             }) <= 10 * bound);
  BOOST_TEST(test::distance(dbias, [&](int, int c, int, int) {
               return sum(c, [](int, int, int) { return 1.0; });
             }) <= 10 * bound);
  BOOST_TEST(dweight.untouched_around());
  BOOST_TEST(dbias.untouched_around());
}

BOOST_FIXTURE_TEST_CASE(a_weight_for_each_element, Fixture) {
  const PerElement w{weight.maps().data, extents.h, extents.w};
  kernels::group_norm(x, y, groups, norm_epsilon, w,
                      PerElement{bias.maps().data, extents.h, extents.w}, scratch.data());
  const auto wanted = [&](int n, int c, int i, int j) {
    return xhat(n, c, i, j) * weight.at(0, c, i, j) + bias.at(0, c, i, j);
  };
  BOOST_TEST(test::distance(y, wanted) <= bound);
  BOOST_TEST(y.untouched_around());
  const Buffer dweight({1, extents.c, extents.h, extents.w});
  const Buffer dbias({1, extents.c, extents.h, extents.w});
  kernels::group_norm_backward(x, dy, dx, groups, norm_epsilon, w, dweight.maps().data,
                               dbias.maps().data, scratch.data());
  check_gradient([&](int c, int i, int j) { return double{weight.at(0, c, i, j)}; });
  const auto sum = [&](int c, int i, int j, bool times_xhat) {
    double total = 0;
    for (int n = 0; n < extents.n; ++n) {
      total += double{dy.at(n, c, i, j)} * (times_xhat ? xhat(n, c, i, j) : 1);
    }
    return total;
  };
  BOOST_TEST(test::distance(dweight,
                            [&](int, int c, int i, int j) { return sum(c, i, j, true); }) <= bound);
  BOOST_TEST(test::distance(dbias, [&](int, int c, int i, int j) { return sum(c, i, j, false); }) <=
             bound);
  BOOST_TEST(dweight.untouched_around());
  BOOST_TEST(dbias.untouched_around());
}

BOOST_FIXTURE_TEST_CASE(nothing_to_learn_and_in_place, Fixture) {
  const PerChannel ones{nullptr, 1};
  const PerChannel zeros{nullptr, 0};
  kernels::group_norm(x, y, groups, norm_epsilon, ones, zeros, scratch.data());
  BOOST_TEST(test::distance(y, [&](auto... at) { return xhat(at...); }) <= bound);
  BOOST_TEST(y.untouched_around());
  kernels::group_norm_backward(x, dy, dx, groups, norm_epsilon, ones, nullptr, nullptr,
                               scratch.data());
  check_gradient([](int, int, int) { return 1.0; });
  kernels::group_norm_backward(x, dy, dy, groups, norm_epsilon, ones, nullptr, nullptr,
                               scratch.data());
  BOOST_TEST(test::distance(dy, [&](auto... at) { return dx.at(at...); }) == 0.0);
  kernels::group_norm(x, x, groups, norm_epsilon, ones, zeros, scratch.data());
  BOOST_TEST(test::distance(x, [&](auto... at) { return y.at(at...); }) == 0.0);
  BOOST_TEST(x.untouched_around());
}

BOOST_FIXTURE_TEST_CASE(a_mean_far_from_zero_costs_no_more_than_its_rounding, Fixture) {
  x.fill([&](auto...) { return 1000.0F + noise(); });
  kernels::group_norm(x, y, groups, norm_epsilon, PerChannel{nullptr, 1}, PerChannel{nullptr, 0},
                      scratch.data());
  // The means of channels and of the group are rounded by 2^-15 at most; the deviation is 0.58.
  BOOST_TEST(test::distance(y, [&](auto... at) { return xhat(at...); }) <= 2 * 0x1p-15 / 0.57);
}
