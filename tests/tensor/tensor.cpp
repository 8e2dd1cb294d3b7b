#define BOOST_TEST_MODULE tensor
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/tensor/of_shape.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <cstdint>
#include <limits>
#include <numeric>

namespace cx = convexpr;

static_assert(cx::Tensor<float, 3, 5, 7>::shape == cx::shape(3, 5, 7));
static_assert(cx::Tensor<float, 3, 7>::shape == cx::shape(3, 7));
static_assert(cx::Tensor<float, 7>::shape == cx::shape(7));
static_assert(cx::Tensor<float, 3, 5, 7>::size() == 105);
static_assert(sizeof(cx::Tensor<float, 64, 224, 224>) <= 64, "values never lie on the stack");

static_assert(std::same_as<cx::TensorOf<float, cx::shape(3, 4, 5)>, cx::Tensor<float, 3, 4, 5>>);
static_assert(std::same_as<cx::TensorOf<float, cx::shape(3, 5)>, cx::Tensor<float, 3, 5>>);
static_assert(std::same_as<cx::TensorOf<double, cx::shape(9)>, cx::Tensor<double, 9>>);
static_assert(std::same_as<cx::TensorViewOf<const float, cx::shape(3, 4, 5)>,
                           cx::TensorView<const float, 3, 4, 5>>);
static_assert(std::same_as<cx::BatchOf<float, cx::shape(64, 1, 1)>, cx::Batch<float, 64, 1, 1>>);
static_assert(std::same_as<cx::BatchOf<float, cx::shape(64)>, cx::Batch<float, 64>>);

using X = cx::Tensor<float, 2, 3, 5>;
static_assert(std::convertible_to<X&, cx::TensorView<float, 2, 3, 5>>);
static_assert(std::convertible_to<X&, cx::TensorView<const float, 2, 3, 5>>);
static_assert(std::convertible_to<const X&, cx::TensorView<const float, 2, 3, 5>>);
static_assert(
    std::convertible_to<cx::TensorView<float, 2, 3, 5>, cx::TensorView<const float, 2, 3, 5>>);
static_assert(!std::convertible_to<const X&, cx::TensorView<float, 2, 3, 5>>);
static_assert(
    !std::convertible_to<cx::TensorView<const float, 2, 3, 5>, cx::TensorView<float, 2, 3, 5>>);
static_assert(!std::convertible_to<X&, cx::TensorView<float, 2, 5, 3>>);

BOOST_AUTO_TEST_CASE(elements_lie_row_major) {
  X x;
  std::iota(x.begin(), x.end(), 0.0F);
  for (int c = 0; c < 2; ++c) {
    for (int h = 0; h < 3; ++h) {
      for (int w = 0; w < 5; ++w) BOOST_TEST(x(c, h, w) == static_cast<float>(15 * c + 5 * h + w));
    }
  }
  cx::Tensor<int, 4, 3> sequence;
  sequence(2, 1) = 7;
  BOOST_TEST(sequence.data()[7] == 7);
  cx::Tensor<int, 4> features;
  features(3) = 7;
  BOOST_TEST(features.data()[3] == 7);
}

BOOST_AUTO_TEST_CASE(a_tensor_starts_as_zeros_and_aligned) {
  const X x;
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(x.data()) % 64 == 0U);
  for (const float v : x) BOOST_TEST(v == 0.0F);
}

BOOST_AUTO_TEST_CASE(copies_are_deep_and_compare_equal_until_changed) {
  X a;
  a.fill(2.5F);
  X b = a;
  BOOST_TEST((a == b));
  b(1, 2, 4) = 0.0F;
  BOOST_TEST((a != b));
  BOOST_TEST(a(1, 2, 4) == 2.5F);
  a(0, 0, 0) = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST((a != a));
}

BOOST_AUTO_TEST_CASE(a_view_reads_and_writes_the_tensor_behind_it) {
  X x;
  const cx::TensorView<float, 2, 3, 5> view = x;
  view(1, 0, 3) = 8.0F;
  BOOST_TEST(x(1, 0, 3) == 8.0F);
  const cx::TensorView<const float, 2, 3, 5> read(x);
  BOOST_TEST(read(1, 0, 3) == 8.0F);
  const cx::TensorView<const float, 2, 3, 5> from_view(view);
  BOOST_TEST(from_view.data() == x.data());
  view.fill(1.0F);
  BOOST_TEST(std::accumulate(read.begin(), read.end(), 0.0F) == 30.0F);
}

BOOST_AUTO_TEST_CASE(a_tensor_of_a_view_is_a_copy) {
  X x;
  x.fill(3.0F);
  X copy(cx::TensorView<const float, 2, 3, 5>{x});
  BOOST_TEST((copy == x));
  copy.fill(0.0F);
  BOOST_TEST(x(0, 0, 0) == 3.0F);
}
