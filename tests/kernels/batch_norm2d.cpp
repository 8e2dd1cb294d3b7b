// Batch normalisation, its statistics and its gradients against plain loops in double precision.
#define BOOST_TEST_MODULE kernels_batch_norm2d
#include <convexpr/kernels/batch_norm2d.hpp>
#include <limits>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::simd::lanes;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr float norm_epsilon = 1e-3F;
constexpr Extents extents{3, lanes + 3, 5, 7};
constexpr int padded = 2 * lanes;

// Values of every channel, zero past the last one.
struct Channels {
  std::vector<float> values = std::vector<float>(padded, 0.0F);

  template <class F>
  explicit Channels(F f) {
    for (int c = 0; c < extents.c; ++c) (*this)[c] = f(c);
  }
  float& operator[](int c) { return values[static_cast<std::size_t>(c)]; }
  float operator[](int c) const { return values[static_cast<std::size_t>(c)]; }
  float* data() { return values.data(); }
};

// The average over a channel of f(n, i, j).
template <class F>
double average(F f) {
  double total = 0;
  for (int n = 0; n < extents.n; ++n) {
    for (int i = 0; i < extents.h; ++i) {
      for (int j = 0; j < extents.w; ++j) total += f(n, i, j);
    }
  }
  return total / (extents.n * extents.h * extents.w);
}

double mean_of(const Buffer& x, int c) {
  return average([&](int n, int i, int j) { return double{x.at(n, c, i, j)}; });
}
double variance_of(const Buffer& x, int c) {
  const double mean = mean_of(x, c);
  return average([&](int n, int i, int j) { return std::pow(x.at(n, c, i, j) - mean, 2); });
}

struct Fixture {
  test::Noise noise{17};
  Buffer x{extents, {1, 0, 2, 1}};
  Buffer dy{extents, {0, 1}};
  Buffer dx{extents, {2}};
  Channels weight{[&](int) { return noise(); }};
  Channels bias{[&](int) { return noise(); }};
  Channels mean{[&](int) { return noise(); }};
  Channels variance{[&](int) { return 1.5F + noise(); }};
  Channels dweight{[](int) { return test::marker; }};
  Channels dbias{[](int) { return test::marker; }};

  Fixture() {
    x.fill([&](int, int c, int, int) { return noise() + static_cast<float>(c % 5); });
    dy.fill(noise);
  }
  double normalised(double mean_c, double variance_c, int n, int c, int i, int j) const {
    return (x.at(n, c, i, j) - mean_c) / std::sqrt(variance_c + double{norm_epsilon});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(given_statistics_make_an_affine_map, Fixture) {
  const auto xhat = [&](int n, int c, int i, int j) {
    return normalised(double{mean[c]}, double{variance[c]}, n, c, i, j);
  };
  kernels::batch_norm2d_inference(x, dx, weight.data(), bias.data(), mean.data(), variance.data(),
                                  norm_epsilon);
  BOOST_TEST(test::distance(dx, [&](int n, int c, int i, int j) {
               return xhat(n, c, i, j) * double{weight[c]} + double{bias[c]};
             }) <= 6 * epsilon);
  BOOST_TEST(dx.untouched_around());
  kernels::batch_norm2d_inference(x, x, nullptr, nullptr, mean.data(), variance.data(),
                                  norm_epsilon);
  kernels::batch_norm2d_inference(dy, dy, nullptr, nullptr, mean.data(), variance.data(), 0.0F);
  BOOST_TEST(x.untouched_around());
  BOOST_TEST(dy.untouched_around());
}

BOOST_FIXTURE_TEST_CASE(without_weight_and_bias_the_map_only_normalises, Fixture) {
  kernels::batch_norm2d_inference(x, dx, nullptr, nullptr, mean.data(), variance.data(),
                                  norm_epsilon);
  BOOST_TEST(test::distance(dx, [&](int n, int c, int i, int j) {
               return normalised(double{mean[c]}, double{variance[c]}, n, c, i, j);
             }) <= 6 * epsilon);
}

BOOST_FIXTURE_TEST_CASE(statistics_run_over_examples_rows_and_columns, Fixture) {
  kernels::batch_norm2d_statistics(x, mean.data(), variance.data());
  for (int c = 0; c < extents.c; ++c) {
    BOOST_TEST(std::abs(mean[c] - mean_of(x, c)) <= 4 * epsilon * 5);
    BOOST_TEST(std::abs(variance[c] - variance_of(x, c)) <= 8 * epsilon);
  }
  for (int c = extents.c; c < padded; ++c) {
    BOOST_TEST(mean[c] == 0.0F);
    BOOST_TEST(variance[c] == 0.0F);
  }
}

BOOST_FIXTURE_TEST_CASE(a_mean_far_from_zero_does_not_drown_the_variance, Fixture) {
  x.fill([&](auto...) { return 4096.0F + noise(); });
  kernels::batch_norm2d_statistics(x, mean.data(), variance.data());
  for (int c = 0; c < extents.c; ++c) {
    BOOST_TEST(std::abs(mean[c] - mean_of(x, c)) <= 4096 * epsilon);
    // The mean is rounded to float, which adds the square of that rounding.
    BOOST_TEST(std::abs(variance[c] - variance_of(x, c)) <=
               8 * epsilon + std::pow(4096 * epsilon, 2));
  }
}

BOOST_AUTO_TEST_CASE(running_statistics_move_by_the_momentum_and_are_unbiased) {
  const float mean[] = {1.0F, -2.0F};
  const float variance[] = {4.0F, 3.0F};
  float running_mean[] = {0.0F, 1.0F, 7.0F};
  float running_variance[] = {1.0F, 2.0F, 7.0F};
  kernels::batch_norm2d_update_running(2, 5, mean, variance, 0.25F, running_mean, running_variance);
  BOOST_TEST(running_mean[0] == 0.25F);
  BOOST_TEST(running_mean[1] == 0.25F);
  BOOST_TEST(running_variance[0] == 0.75F + 0.25F * 5.0F);
  BOOST_TEST(running_variance[1] == 1.5F + 0.25F * 3.75F);
  BOOST_TEST(running_mean[2] == 7.0F);
  BOOST_TEST(running_variance[2] == 7.0F);
}

BOOST_FIXTURE_TEST_CASE(with_constant_statistics_the_gradient_is_a_scale, Fixture) {
  kernels::batch_norm2d_backward_inference(x, dy, dx, weight.data(), mean.data(), variance.data(),
                                           norm_epsilon, dweight.data(), dbias.data());
  BOOST_TEST(test::distance(dx, [&](int n, int c, int i, int j) {
               return dy.at(n, c, i, j) * double{weight[c]} /
                      std::sqrt(double{variance[c]} + double{norm_epsilon});
             }) <= 4 * epsilon);
  BOOST_TEST(dx.untouched_around());
  const int count = extents.n * extents.h * extents.w;
  for (int c = 0; c < extents.c; ++c) {
    const double wanted_weight =
        count * average([&](int n, int i, int j) {
          return dy.at(n, c, i, j) * normalised(double{mean[c]}, double{variance[c]}, n, c, i, j);
        });
    const double wanted_bias =
        count * average([&](int n, int i, int j) { return double{dy.at(n, c, i, j)}; });
    BOOST_TEST(std::abs(dweight[c] - wanted_weight) <= count * 4 * epsilon);
    BOOST_TEST(std::abs(dbias[c] - wanted_bias) <= count * epsilon);
  }
  const Buffer same(extents);
  same.fill([&](auto... at) { return dx.at(at...); });
  kernels::batch_norm2d_backward_inference(x, dy, dy, weight.data(), mean.data(), variance.data(),
                                           norm_epsilon, nullptr, nullptr);
  BOOST_TEST(test::distance(dy, [&](auto... at) { return same.at(at...); }) == 0.0);
}

BOOST_FIXTURE_TEST_CASE(in_training_the_gradient_passes_through_the_statistics, Fixture) {
  kernels::batch_norm2d_statistics(x, mean.data(), variance.data());
  kernels::batch_norm2d_backward_training(x, dy, dx, weight.data(), mean.data(), variance.data(),
                                          norm_epsilon, dweight.data(), dbias.data());
  const int count = extents.n * extents.h * extents.w;
  double worst = 0;
  for (int c = 0; c < extents.c; ++c) {
    const double m = mean_of(x, c);
    const double v = variance_of(x, c);
    const double deviation = std::sqrt(v + double{norm_epsilon});
    // dL/dvariance and dL/dmean one after the other, as the chain rule has them.
    double d_variance = 0;
    double d_mean = 0;
    double d_bias = 0;
    double d_weight = 0;
    average([&](int n, int i, int j) {
      const double g = double{dy.at(n, c, i, j)} * weight[c];
      d_variance += g * (x.at(n, c, i, j) - m) * -0.5 * std::pow(deviation, -3);
      d_mean -= g / deviation;
      d_bias += double{dy.at(n, c, i, j)};
      d_weight += dy.at(n, c, i, j) * normalised(m, v, n, c, i, j);
      return 0.0;
    });
    average([&](int n, int i, int j) {
      const double wanted = double{dy.at(n, c, i, j)} * weight[c] / deviation + d_mean / count +
                            d_variance * 2 * (x.at(n, c, i, j) - m) / count;
      worst = std::fmax(worst, std::abs(dx.at(n, c, i, j) - wanted));
      return 0.0;
    });
    BOOST_TEST(std::abs(dweight[c] - d_weight) <= count * 4 * epsilon);
    BOOST_TEST(std::abs(dbias[c] - d_bias) <= count * epsilon);
  }
  BOOST_TEST(worst <= 16 * epsilon);
  BOOST_TEST(dx.untouched_around());
  const Buffer same(extents);
  same.fill([&](auto... at) { return dx.at(at...); });
  kernels::batch_norm2d_backward_training(x, dy, dy, weight.data(), mean.data(), variance.data(),
                                          norm_epsilon, nullptr, nullptr);
  BOOST_TEST(test::distance(dy, [&](auto... at) { return same.at(at...); }) == 0.0);
}
