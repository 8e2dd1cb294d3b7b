#define BOOST_TEST_MODULE batch
#include <boost/test/unit_test.hpp>
#include <convexpr/tensor/batch.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <cstdint>
#include <limits>
#include <new>

namespace cx = convexpr;

using Images = cx::Batch<float, 2, 3, 5>;
static_assert(Images::shape == cx::shape(2, 3, 5));
static_assert(Images::example_size == 30);

BOOST_AUTO_TEST_CASE(a_default_batch_is_empty) {
  const Images xs;
  BOOST_TEST(xs.empty());
  BOOST_TEST(xs.size() == 0U);
}

BOOST_AUTO_TEST_CASE(examples_follow_each_other_without_gaps) {
  Images xs(7);
  BOOST_TEST(xs.size() == 7U);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(xs.data()) % 64 == 0U);
  xs[4](1, 2, 3) = 9.0F;
  BOOST_TEST(xs.data()[4 * 30 + 15 + 2 * 5 + 3] == 9.0F);
  const Images& read = xs;
  BOOST_TEST(read[4](1, 2, 3) == 9.0F);
  BOOST_TEST(read[3](1, 2, 3) == 0.0F);
  const cx::Tensor<float, 2, 3, 5> one(read[4]);
  BOOST_TEST(one(1, 2, 3) == 9.0F);
}

BOOST_AUTO_TEST_CASE(resizing_within_the_capacity_keeps_the_memory) {
  Images xs(6);
  xs.fill(1.0F);
  const float* memory = xs.data();
  xs.resize(2);
  BOOST_TEST(xs.size() == 2U);
  xs.resize(0);
  BOOST_TEST(xs.empty());
  xs.resize(6);
  BOOST_TEST(xs.data() == memory);
  BOOST_TEST(xs.capacity() == 6U);
  BOOST_TEST(xs[0](0, 0, 0) == 0.0F);
  xs[5](0, 0, 0) = 4.0F;
  xs.resize(9);
  BOOST_TEST(xs[5](0, 0, 0) == 4.0F);
  BOOST_TEST(xs[8](1, 2, 4) == 0.0F);
}

BOOST_AUTO_TEST_CASE(a_batch_that_was_moved_from_is_empty) {
  Images xs(3);
  xs.fill(2.0F);
  const Images copy = xs;
  const Images moved = std::move(xs);
  BOOST_TEST(xs.empty());
  BOOST_TEST((moved == copy));
  BOOST_TEST((moved != Images(3)));
  BOOST_TEST((Images(3) != Images(2)));
}

BOOST_AUTO_TEST_CASE(more_examples_than_can_be_counted_are_refused) {
  const std::size_t absurd = std::numeric_limits<std::size_t>::max() / 16;
  BOOST_CHECK_THROW(Images{absurd}, std::bad_array_new_length);
}
