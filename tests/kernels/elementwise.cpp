// Elementwise functions and their slopes against the C library's, in double precision.
#define BOOST_TEST_MODULE kernels_elementwise
#include <convexpr/expr/derivative.hpp>
#include <convexpr/kernels/elementwise.hpp>
#include <limits>

#include "buffer.hpp"
#include "functions.hpp"

namespace expr = convexpr::expr;
namespace kernels = convexpr::kernels;
using test::Buffer;
using test::Extents;

namespace {

constexpr Extents extents{2, convexpr::simd::lanes + 3, 5, 7};
constexpr double epsilon = std::numeric_limits<float>::epsilon();

template <auto F>
inline constexpr expr::Formula adjoint = expr::differentiate(test::formula<F>, 1).formula;

// dx = dy * F'(x), told by y = F(x).
template <auto F>
void backward(const Buffer& y, const Buffer& dy, const Buffer& dx) {
  using Adjoint = expr::Function<expr::program_of<adjoint<F>>()>;
  const std::array<kernels::ConstMaps, 2> read{y, dy};
  kernels::elementwise<Adjoint, false>(read, std::array<kernels::ChannelValues, 0>{},
                                       std::array<kernels::Maps, 1>{dx},
                                       std::array<kernels::ChannelSums, 0>{});
}

// Checks values and slopes on noise of the given amplitude, out of place and in place.
template <auto Of, class Value, class Slope>
void check(Value value, Slope slope, float amplitude, double bound) {
  using F = test::Function<Of>;
  const Buffer x(extents, {1, 2, 0, 1});
  const Buffer y(extents, {0, 1, 3, 0});
  const Buffer dy(extents);
  const Buffer dx(extents, {2});
  test::Noise noise(1);
  x.fill([&](auto...) { return amplitude * noise(); });
  dy.fill(noise);
  kernels::elementwise<F>(x, y);
  const auto wanted = [&](auto... at) { return value(double{x.at(at...)}); };
  BOOST_TEST(test::distance(y, wanted) <= bound);
  BOOST_TEST(y.untouched_around());
  backward<Of>(y, dy, dx);
  const auto wanted_dx = [&](auto... at) {
    return double{dy.at(at...)} * slope(double{x.at(at...)});
  };
  BOOST_TEST(test::distance(dx, wanted_dx) <= 2 * bound);
  BOOST_TEST(dx.untouched_around());
  backward<Of>(y, dy, dy);
  BOOST_TEST(test::distance(dy, [&](auto... at) { return dx.at(at...); }) == 0.0);
  kernels::elementwise<F>(x, x);
  BOOST_TEST(test::distance(x, [&](auto... at) { return y.at(at...); }) == 0.0);
  BOOST_TEST(x.untouched_around());
}

template <class F>
float at(float x) {
  const Buffer maps({1, 1, 1, 1});
  maps.fill([&](auto...) { return x; });
  kernels::elementwise<F>(maps, maps);
  return maps.at(0, 0, 0, 0);
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

BOOST_AUTO_TEST_CASE(relu_keeps_what_is_positive) {
  check<test::ReluOf{}>([](double x) { return x > 0 ? x : 0; },
                        [](double x) { return x > 0 ? 1.0 : 0.0; }, 3.0F, 0);
}

BOOST_AUTO_TEST_CASE(sigmoid_is_the_logistic_function) {
  check<test::SigmoidOf{}>(
      logistic, [](double x) { return logistic(x) * logistic(-x); }, 9.0F, 3 * epsilon);
}

BOOST_AUTO_TEST_CASE(tanh_is_the_hyperbolic_tangent) {
  check<test::TanhOf{}>([](double x) { return std::tanh(x); },
                        [](double x) { return 1 - std::tanh(x) * std::tanh(x); }, 5.0F,
                        2 * epsilon);
}

BOOST_AUTO_TEST_CASE(the_extremes_are_the_limits) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float x : {50.0F, 200.0F, 1e30F, infinity}) {
    BOOST_TEST(at<test::Sigmoid>(-x) <= 1e-20F);
    BOOST_TEST(at<test::Sigmoid>(-x) >= 0.0F);
    BOOST_TEST(at<test::Sigmoid>(x) == 1.0F);
    BOOST_TEST(at<test::Tanh>(x) == 1.0F);
    BOOST_TEST(at<test::Tanh>(-x) == -1.0F);
    BOOST_TEST(at<test::Relu>(x) == x);
    BOOST_TEST(at<test::Relu>(-x) == 0.0F);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_stays_so) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST(std::isnan(at<test::Relu>(nan)));
  BOOST_TEST(std::isnan(at<test::Sigmoid>(nan)));
  BOOST_TEST(std::isnan(at<test::Tanh>(nan)));
}

struct WeightedSum {
  constexpr auto operator()(auto a, auto b, auto w, auto s) const { return a * w + b * s; }
};

BOOST_AUTO_TEST_CASE(a_function_of_maps_and_channels_gives_values_and_sums) {
  // y = a * w + b * s, with w for each channel and s for all, and what the backward pass of w is.
  static constexpr expr::Formula both = [] {
    expr::FormulaBuilder builder;
    const int in[] = {builder.input(0), builder.input(1), builder.input(2), builder.input(3)};
    const int y = builder.include(test::formula<WeightedSum{}, 4>, in);
    return builder.finish(y, builder.emit(expr::Op::multiply, in[0], in[1]),
                          builder.emit(expr::Op::add, in[1], in[3]));
  }();
  const Buffer a(extents, {1, 2, 0, 1});
  const Buffer b(extents);
  const Buffer y(extents, {0, 1, 3, 0});
  test::Noise noise(3);
  a.fill(noise);
  b.fill(noise);
  const int channels = a.maps().channels;
  std::vector<float> w(static_cast<std::size_t>(channels + convexpr::simd::lanes), 0.0F);
  for (int c = 0; c < channels; ++c) w[static_cast<std::size_t>(c)] = noise();
  const float s = 0.75F;
  std::vector<float> per_channel(w.size(), -1.0F);
  float total = -1;
  kernels::elementwise<expr::Function<expr::program_of<both>()>, true>(
      std::array<kernels::ConstMaps, 2>{a, b},
      std::array<kernels::ChannelValues, 2>{{{w.data(), true}, {&s, false}}},
      std::array<kernels::Maps, 1>{y},
      std::array<kernels::ChannelSums, 2>{{{per_channel.data(), true}, {&total, false}}});
  const auto wanted = [&](int n, int c, int i, int j) {
    return double{a.at(n, c, i, j)} * double{w[static_cast<std::size_t>(c)]} +
           double{b.at(n, c, i, j)} * double{s};
  };
  BOOST_TEST(test::distance(y, wanted) <= 4 * epsilon);
  BOOST_TEST(y.untouched_around());
  double all = 0;
  const kernels::Maps m = a.maps();
  for (int c = 0; c < channels; ++c) {
    double sum = 0;
    for (int n = 0; n < m.examples; ++n) {
      for (int i = 0; i < m.height; ++i) {
        for (int j = 0; j < m.width; ++j) {
          sum += double{a.at(n, c, i, j)} * double{b.at(n, c, i, j)};
          all += double{b.at(n, c, i, j)} + double{s};
        }
      }
    }
    BOOST_TEST(std::abs(double{per_channel[static_cast<std::size_t>(c)]} - sum) <= 1e-5);
  }
  BOOST_TEST(std::abs(double{total} - all) <= 1e-3);
}
