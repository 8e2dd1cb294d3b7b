// Gradients of losses over tensors against central differences in double precision.
#define BOOST_TEST_MODULE expr_gradient
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/expr/tensors.hpp>
#include <stdexcept>
#include <string>

#include "../support/count_allocations.hpp"
#include "../support/tensor_values.hpp"

namespace cx = convexpr;
using support::central_differences;
using support::check_close;
using support::Doubles;
using support::doubles;
using support::made;
using support::random_batch;
using support::random_tensor;
using support::total;

using Image = cx::Tensor<float, 3, 5, 7>;

namespace {

constexpr auto huber = [](auto d) {
  return cx::select(cx::abs(d) < 1, 0.5 * d * d, cx::abs(d) - 0.5);
};
double huber_of(double d) { return std::abs(d) < 1 ? 0.5 * d * d : std::abs(d) - 0.5; }

}  // namespace

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
  cx::Batch<float, 3, 2, 9> written(7);
  const support::AllocationCount allocations;
  BOOST_TEST(cx::write_gradient(loss, ys, written) == value);
  BOOST_TEST(allocations.count() == 0);
  BOOST_TEST((written == dys));
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

BOOST_AUTO_TEST_CASE(what_the_loss_does_not_read_is_said) {
  const auto says = [](const std::string& words) {
    return [words](const std::invalid_argument& e) { return e.what() == words; };
  };
  const cx::Batch<float, 7> three(3);
  const cx::Batch<float, 7> five(5);
  const cx::Batch<float, 7> none;
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
