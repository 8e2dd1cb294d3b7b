// Expressions over tensors: values, sums and gradients against plain loops in double precision, on
// shapes that end within a vector.
#define BOOST_TEST_MODULE expr_tensors
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/expr/tensors.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/tensor/matrix.hpp>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "../support/count_allocations.hpp"

namespace cx = convexpr;

namespace {

using Image = cx::Tensor<float, 3, 5, 7>;
using Doubles = std::vector<double>;

// Numbers between -2 and 2, none of them near 0.
template <class Values>
Values random_values(Values values, std::size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> magnitude(0.1F, 2.0F);
  for (std::size_t i = 0; i < size; ++i) {
    values.data()[i] = magnitude(generator) * (generator() % 2 == 0 ? 1.0F : -1.0F);
  }
  return values;
}
template <class Tensor>
Tensor random_tensor(unsigned seed) {
  return random_values(Tensor(), Tensor::size(), seed);
}
template <class Batch>
Batch random_batch(std::size_t examples, unsigned seed) {
  return random_values(Batch(examples), examples * Batch::example_size, seed);
}

Doubles doubles(std::span<const float> values) { return {values.begin(), values.end()}; }
template <class T, int... X>
Doubles doubles(const cx::Batch<T, X...>& batch) {
  return doubles(std::span(batch.data(), batch.size() * batch.example_size));
}

// Equal within a few roundings of numbers of this size.
template <class Values>
void check_close(const Values& found, const Doubles& expected, double tolerance = 4e-7) {
  const Doubles values = doubles(found);
  BOOST_REQUIRE(values.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    worst =
        std::max(worst, std::abs(values[i] - expected[i]) / std::max(1.0, std::abs(expected[i])));
  }
  BOOST_TEST(worst < tolerance);
}
void check_close(double found, double expected, double tolerance = 4e-7) {
  BOOST_TEST(std::abs(found - expected) < tolerance * std::max(1.0, std::abs(expected)));
}

template <class Element>
Doubles made(std::size_t size, const Element& element) {
  Doubles values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = element(i);
  return values;
}
template <class Element>
double total(std::size_t size, const Element& element) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += element(i);
  return sum;
}

// dL/dx of a loss in double precision.
template <class Loss>
Doubles central_differences(Doubles x, const Loss& loss) {
  Doubles slopes(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double step = 1e-5;
    const double middle = x[i];
    x[i] = middle + step;
    const double above = loss(x);
    x[i] = middle - step;
    slopes[i] = (above - loss(x)) / (2 * step);
    x[i] = middle;
  }
  return slopes;
}

constexpr auto huber = [](auto d) {
  return cx::select(cx::abs(d) < 1, 0.5 * d * d, cx::abs(d) - 0.5);
};
double huber_of(double d) { return std::abs(d) < 1 ? 0.5 * d * d : std::abs(d) - 0.5; }

}  // namespace

BOOST_AUTO_TEST_CASE(values_and_sums_are_right_whatever_the_size) {
  for (const std::size_t n : {1U, 7U, 16U, 17U, 105U, 1000U}) {
    const auto x = random_batch<cx::Batch<float, 1>>(n, 1);
    const auto y = random_batch<cx::Batch<float, 1>>(n, 2);
    cx::Batch<float, 1> z;
    const float a = 1.5F;
    z = cx::max(a * x + y, 0);
    check_close(z, made(n, [&](auto i) {
                  return std::max(double{a} * x.data()[i] + double{y.data()[i]}, 0.0);
                }));
    const auto bell = [&](std::size_t i) {
      return std::exp(-std::pow(double{x.data()[i]} - double{y.data()[i]}, 2));
    };
    z = cx::exp(-cx::square(x - y));
    check_close(z, made(n, bell), 1e-6);
    check_close(cx::sum(cx::exp(-cx::square(x - y))), total(n, bell), 3e-6);
    const auto values = doubles(x);
    check_close(cx::mean(x), total(n, [&](auto i) { return values[i]; }) / static_cast<double>(n),
                3e-6);
    BOOST_TEST(cx::max(x) == *std::ranges::max_element(values));
    BOOST_TEST(cx::min(-x) == -*std::ranges::max_element(values));
  }
}

BOOST_AUTO_TEST_CASE(numbers_for_channels_are_repeated) {
  const auto x = random_tensor<Image>(1);
  const auto b = random_tensor<cx::Tensor<float, 3>>(2);
  const Image y = x / cx::per_channel(b) - 1;
  check_close(
      y, made(105, [&](auto i) { return double{x.data()[i]} / double{b.data()[i / 35]} - 1; }));
  const auto xs = random_batch<cx::Batch<float, 3, 2, 9>>(4, 3);
  const cx::Batch<float, 3, 2, 9> ys = xs + cx::per_channel(b);
  check_close(
      ys, made(216, [&](auto i) { return double{xs.data()[i]} + double{b.data()[i / 18 % 3]}; }));
}

BOOST_AUTO_TEST_CASE(of_features_each_has_its_number) {
  const auto b = random_tensor<cx::Tensor<float, 19>>(1);
  const auto x = random_tensor<cx::Tensor<float, 19>>(2);
  const cx::Tensor<float, 19> y = x * cx::per_channel(b);
  check_close(y, made(19, [&](auto i) { return double{x.data()[i]} * double{b.data()[i]}; }));
  const auto xs = random_batch<cx::Batch<float, 19>>(3, 3);
  const cx::Batch<float, 19> ys = xs * cx::per_channel(b);
  check_close(ys,
              made(57, [&](auto i) { return double{xs.data()[i]} * double{b.data()[i % 19]}; }));
}

BOOST_AUTO_TEST_CASE(a_tensor_may_be_assigned_what_reads_it) {
  const auto x = random_tensor<Image>(1);
  auto y = random_tensor<Image>(2);
  const Image before = y;
  y = y * x + y;
  y += 0.25F * x;
  y -= 1;
  y *= x;
  y /= 2;
  check_close(y, made(105, [&](auto i) {
                const double old = double{before.data()[i]};
                const double v = double{x.data()[i]};
                return (old * v + old + 0.25 * v - 1) * v / 2;
              }));
}

BOOST_AUTO_TEST_CASE(views_and_constants_are_operands) {
  auto xs = random_batch<cx::Batch<float, 3, 5, 7>>(2, 1);
  const auto& constant = xs;
  const Image y = xs[0] - constant[1];
  check_close(y,
              made(105, [&](auto i) { return double{xs.data()[i]} - double{xs.data()[105 + i]}; }));
  const auto b = random_tensor<cx::Tensor<float, 6>>(2);
  const cx::TensorView<const float, 3> second(b.data() + 3);
  const Image z = cx::per_channel(second) * y;
  check_close(z(2, 0, 0), double{b(5)} * double{y(2, 0, 0)});
}

BOOST_AUTO_TEST_CASE(a_condition_chooses) {
  const auto x = random_tensor<Image>(1);
  const auto y = random_tensor<Image>(2);
  const Image z = cx::select(x > y && !(x < 0.5F), x, -y);
  check_close(z, made(105, [&](auto i) {
                const float u = x.data()[i];
                const float v = y.data()[i];
                return double{u > v && !(u < 0.5F) ? u : -v};
              }));
}

BOOST_AUTO_TEST_CASE(neither_assignments_nor_sums_allocate) {
  const auto x = random_tensor<Image>(1);
  Image y;
  cx::Batch<float, 3, 5, 7> xs(4);
  cx::Batch<float, 3, 5, 7> ys(5);
  const support::AllocationCount allocations;
  y = cx::expr::tanh(x) + 1;
  y += 2 * x;
  ys = cx::square(xs) - 1;
  const float loss = cx::mean(cx::square(xs - ys)) + cx::max(y);
  BOOST_TEST(allocations.count() == 0);
  BOOST_TEST(ys.size() == 4);
  BOOST_TEST(loss > 0);
}

BOOST_AUTO_TEST_CASE(long_sums_keep_their_digits) {
  cx::Batch<float, 1001> xs(999);
  for (std::size_t i = 0; i < 999 * 1001; ++i) {
    xs.data()[i] = 0.1F + static_cast<float>(i % 17) / 1000;
  }
  const double exact = total(999 * 1001, [&](auto i) { return double{xs.data()[i]}; });
  BOOST_TEST(std::abs(cx::sum(xs) - exact) < 1.3e-6 * exact);
  BOOST_TEST(std::abs(cx::mean(xs) - exact / (999 * 1001)) < 1.3e-6 * exact / (999 * 1001));
  BOOST_TEST(float{cx::sum(xs)} == float{cx::sum(xs)});
}

BOOST_AUTO_TEST_CASE(a_nan_is_the_largest_and_the_smallest) {
  for (const std::size_t place : {0U, 20U, 104U}) {
    auto x = random_tensor<Image>(1);
    x.data()[place] = std::numeric_limits<float>::quiet_NaN();
    BOOST_TEST(std::isnan(cx::max(x)));
    BOOST_TEST(std::isnan(cx::min(x * 2)));
    const Image y = cx::max(x, 0);
    BOOST_TEST(std::isnan(y.data()[place]));
  }
}

BOOST_AUTO_TEST_CASE(sums_are_added_and_scaled) {
  const auto x = random_tensor<Image>(1);
  const auto y = random_tensor<Image>(2);
  const auto b = random_tensor<cx::Tensor<float, 3>>(3);
  const auto joined = cx::mean(x * y) - 0.5F * cx::sum(x) / 3;
  static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(joined.terms())>> == 1);
  const double xy = cx::dot(x, y);
  check_close(joined, xy / 105 - float{cx::sum(x)} / 6.0, 4e-6);
  const auto apart = -joined + 2 * cx::mean(cx::square(b));
  static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(apart.terms())>> == 2);
  check_close(apart, float{2 * cx::mean(cx::square(b))} - double{joined}, 4e-6);
}

BOOST_AUTO_TEST_CASE(a_gradient_is_the_slope_in_every_element) {
  const auto x = random_tensor<Image>(1);
  const auto w = random_tensor<Image>(2);
  const auto y = random_tensor<Image>(3);
  const auto b = random_tensor<cx::Tensor<float, 3>>(4);
  const float a = 0.75F;
  const auto loss = cx::sum(cx::square(w * x + cx::scalar(a) * cx::per_channel(b) - y));
  const auto in_double = [&](const Doubles& ws, const Doubles& bs, double as) {
    return total(105, [&](auto i) {
      return std::pow(ws[i] * x.data()[i] + as * bs[i / 35] - y.data()[i], 2);
    });
  };
  const auto [value, dw, db, da] = cx::value_and_gradient(loss, w, b, a);
  static_assert(std::same_as<decltype(da), const float>);
  const Doubles ws = doubles(w);
  const Doubles bs = doubles(b);
  check_close(value, in_double(ws, bs, a), 2e-6);
  check_close(dw, central_differences(ws, [&](auto& v) { return in_double(v, bs, a); }), 2e-6);
  check_close(db, central_differences(bs, [&](auto& v) { return in_double(ws, v, a); }), 2e-6);
  check_close(da, central_differences({a}, [&](auto& v) { return in_double(ws, bs, v[0]); })[0],
              2e-6);
  const auto [dw_alone, db_alone] = cx::gradient(loss, w, b);
  BOOST_TEST((dw_alone == dw));
  BOOST_TEST((db_alone == db));
  BOOST_TEST((cx::gradient(loss, w) == dw));
}

BOOST_AUTO_TEST_CASE(a_tensor_that_stands_twice_gets_both_slopes) {
  const auto x = random_tensor<cx::Tensor<float, 37>>(1);
  const auto y = random_tensor<cx::Tensor<float, 37>>(2);
  const auto dx = cx::gradient(cx::sum(x * x * y + cx::exp(x)), x);
  check_close(dx,
              made(37,
                   [&](auto i) {
                     const double v = double{x.data()[i]};
                     return 2 * v * double{y.data()[i]} + std::exp(v);
                   }),
              1e-6);
  const auto [dy] = std::tuple(cx::gradient(cx::sum(x * x * y + cx::exp(x)), y));
  check_close(dy, made(37, [&](auto i) { return std::pow(double{x.data()[i]}, 2); }));
}

BOOST_AUTO_TEST_CASE(a_batch_gets_the_gradient_that_a_network_wants) {
  const auto ys = random_batch<cx::Batch<float, 3, 2, 9>>(5, 1);
  const auto targets = random_batch<cx::Batch<float, 3, 2, 9>>(5, 2);
  const auto scale = random_tensor<cx::Tensor<float, 3>>(3);
  const auto loss = cx::mean(cx::square(cx::per_channel(scale) * ys - targets));
  const auto [value, dys, dscale] = cx::value_and_gradient(loss, ys, scale);
  const auto in_double = [&](const Doubles& y, const Doubles& s) {
    return total(
        270, [&](auto i) { return std::pow(s[i / 18 % 3] * y[i] - targets.data()[i], 2) / 270; });
  };
  const Doubles y = doubles(ys);
  const Doubles s = doubles(scale);
  check_close(value, in_double(y, s), 2e-6);
  check_close(dys, central_differences(y, [&](auto& v) { return in_double(v, s); }));
  check_close(dscale, central_differences(s, [&](auto& v) { return in_double(y, v); }), 2e-6);
}

BOOST_AUTO_TEST_CASE(numbers_for_features_get_their_sums_over_the_batch) {
  const auto xs = random_batch<cx::Batch<float, 37>>(50, 1);
  const auto b = random_tensor<cx::Tensor<float, 37>>(2);
  const auto db = cx::gradient(cx::sum(xs * cx::square(cx::per_channel(b))), b);
  check_close(db,
              made(37,
                   [&](auto i) {
                     return 2 * double{b.data()[i]} *
                            total(50, [&](auto n) { return double{xs[n].data()[i]}; });
                   }),
              4e-6);
}

BOOST_AUTO_TEST_CASE(terms_over_different_elements_have_one_gradient) {
  const auto x = random_tensor<Image>(1);
  const auto b = random_tensor<cx::Tensor<float, 3>>(2);
  const auto loss =
      cx::mean(cx::square(x - cx::per_channel(b))) + 0.5F * cx::sum(cx::square(b)) - cx::sum(b);
  const auto [value, dx, db] = cx::value_and_gradient(loss, x, b);
  const auto in_double = [&](const Doubles& bs) {
    return total(105, [&](auto i) { return std::pow(x.data()[i] - bs[i / 35], 2) / 105; }) +
           total(3, [&](auto c) { return 0.5 * bs[c] * bs[c] - bs[c]; });
  };
  check_close(value, in_double(doubles(b)), 2e-6);
  check_close(db, central_differences(doubles(b), in_double), 2e-6);
  check_close(dx, made(105, [&](auto i) {
                return 2 * (double{x.data()[i]} - double{b.data()[i / 35]}) / 105;
              }));
}

BOOST_AUTO_TEST_CASE(corners_have_the_slopes_of_pytorch) {
  cx::Tensor<float, 3> x;
  x(1) = 1;
  x(2) = -1;
  const cx::Tensor<float, 3> y;
  const auto rectified = cx::gradient(cx::sum(cx::max(x, 0)), x);
  BOOST_TEST(rectified(0) == 0);
  BOOST_TEST(rectified(1) == 1);
  BOOST_TEST(rectified(2) == 0);
  const auto larger = cx::gradient(cx::sum(cx::max(x, y)), x);
  BOOST_TEST(larger(0) == 0.5);
  BOOST_TEST(larger(1) == 1);
  BOOST_TEST(larger(2) == 0);
}

BOOST_AUTO_TEST_CASE(a_function_of_symbols_can_be_called_with_tensors) {
  const auto x = random_tensor<Image>(1);
  const auto y = random_tensor<Image>(2);
  const auto expected = [&](std::size_t i) { return huber_of(double{x.data()[i]} - y.data()[i]); };
  const Image tree = huber(x - y);
  check_close(tree, made(105, expected));
  const Image called = cx::call<huber>(x - y) + cx::pow<3>(x);
  check_close(called,
              made(105, [&](auto i) { return expected(i) + std::pow(double{x.data()[i]}, 3); }),
              1e-6);
  const auto slope = [&](std::size_t i) {
    return std::clamp((double{x.data()[i]} - y.data()[i]) / 105, -1.0 / 105, 1.0 / 105);
  };
  check_close(cx::gradient(cx::mean(cx::call<huber>(x - y)), x), made(105, slope));
  check_close(cx::gradient(cx::mean(huber(x - y)), x), made(105, slope));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_said) {
  const auto says = [](const std::string& words) {
    return [words](const std::invalid_argument& e) { return e.what() == words; };
  };
  const cx::Batch<float, 7> three(3);
  const cx::Batch<float, 7> five(5);
  const cx::Batch<float, 7> none;
  cx::Batch<float, 7> sum;
  BOOST_CHECK_EXCEPTION(sum = three + five, std::invalid_argument,
                        says("elementwise: batches of 3 and 5 examples in one expression"));
  BOOST_TEST(sum.empty());
  BOOST_CHECK_EXCEPTION(static_cast<void>(float{cx::mean(none)}), std::invalid_argument,
                        says("mean: the batch is empty"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(cx::max(none)), std::invalid_argument,
                        says("max: the batch is empty"));
  BOOST_TEST(float{cx::sum(none)} == 0);
  const std::string unread = "gradient: the loss does not read argument 2 of those it is asked for";
  BOOST_CHECK_EXCEPTION(cx::gradient(cx::mean(cx::square(three)), three, five),
                        std::invalid_argument, says(unread));
  const Image x;
  const Image y;
  BOOST_CHECK_EXCEPTION(cx::gradient(cx::mean(cx::square(x)), x, y), std::invalid_argument,
                        says(unread));
  BOOST_CHECK_EXCEPTION(cx::gradient(cx::mean(cx::square(none)), none), std::invalid_argument,
                        says("mean: the batch is empty"));
}

BOOST_AUTO_TEST_CASE(layers_and_matrices_keep_their_operators) {
  static_assert(std::same_as<decltype(cx::sum(cx::relu, cx::tanh)), cx::Sum<cx::ReLU, cx::Tanh>>);
  static_assert(std::same_as<decltype(cx::sum(cx::relu)), cx::Sum<cx::ReLU>>);
  const cx::Tensor<float, 2, 3> table;
  const cx::Tensor<float, 3> x;
  const std::vector<float> product = cx::Matrix(table) * x;
  BOOST_TEST(product.size() == 2);
  static_assert(std::same_as<decltype(x == x), bool>);
}
