// Expressions over tensors: values and sums against plain loops in double precision, on shapes that
// end within a vector.
#define BOOST_TEST_MODULE expr_tensors
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/expr/tensors.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/tensor/matrix.hpp>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/count_allocations.hpp"
#include "../support/tensor_values.hpp"

namespace cx = convexpr;
using support::check_close;
using support::doubles;
using support::made;
using support::random_batch;
using support::random_tensor;
using support::total;

using Image = cx::Tensor<float, 3, 5, 7>;

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

BOOST_AUTO_TEST_CASE(activations_are_functions_of_tensors) {
  const auto x = random_tensor<Image>(1);
  const auto b = random_tensor<cx::Tensor<float, 3>>(2);
  const Image y = cx::relu(2 * x + cx::per_channel(b));
  const Image same = cx::max(2 * x + cx::per_channel(b), 0);
  BOOST_TEST((y == same));
  const Image z = cx::silu(x) - cx::elementwise<[](auto v) { return v * v * v; }>(x);
  check_close(z,
              made(105,
                   [&](auto i) {
                     const double v = double{x.data()[i]};
                     return v / (1 + std::exp(-v)) - v * v * v;
                   }),
              1e-6);
}

BOOST_AUTO_TEST_CASE(neither_assignments_nor_sums_allocate) {
  const auto x = random_tensor<Image>(1);
  Image y;
  cx::Batch<float, 3, 5, 7> xs(4);
  cx::Batch<float, 3, 5, 7> ys(5);
  const support::AllocationCount allocations;
  y = cx::tanh(x) + 1;
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

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_said) {
  const auto says = [](const std::string& words) {
    return [words](const std::invalid_argument& e) { return e.what() == words; };
  };
  const cx::Batch<float, 7> three(3);
  const cx::Batch<float, 7> five(5);
  const cx::Batch<float, 7> none;
  cx::Batch<float, 7> sum;
  BOOST_CHECK_EXCEPTION(sum = three + five, std::invalid_argument,
                        says("expression: batches of 3 and 5 examples in one expression"));
  BOOST_TEST(sum.empty());
  BOOST_CHECK_EXCEPTION(static_cast<void>(float{cx::mean(none)}), std::invalid_argument,
                        says("mean: the batch is empty"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(cx::max(none)), std::invalid_argument,
                        says("max: the batch is empty"));
  BOOST_TEST(float{cx::sum(none)} == 0);
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
