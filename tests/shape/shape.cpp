// Shapes of vectors, sequences and images.
#define BOOST_TEST_MODULE shape_shape
#include <boost/test/unit_test.hpp>
#include <convexpr/shape/shape.hpp>

using convexpr::Shape;
using convexpr::shape;

static_assert(shape(5, 3, 7) == Shape{5, 3, 7, 3});
static_assert(shape(5, 7) == Shape{5, 1, 7, 2});
static_assert(shape(5) == Shape{5, 1, 1, 1});
static_assert(shape(5, 1, 1) != shape(5), "an image of one pixel is no vector");
static_assert(shape(5, 3, 7) != shape(5, 7, 3));

BOOST_AUTO_TEST_CASE(the_size_is_the_product_of_the_extents) {
  BOOST_TEST(shape(5, 3, 7).size() == 105U);
  BOOST_TEST(shape(5, 7).size() == 35U);
  BOOST_TEST(shape(5).size() == 5U);
  BOOST_TEST(shape(4096, 2048, 1024).size() == 8'589'934'592U);  // more than an int holds
}

BOOST_AUTO_TEST_CASE(axes_are_counted_from_the_channels) {
  BOOST_TEST(shape(5, 3, 7).extent(0) == 5);
  BOOST_TEST(shape(5, 3, 7).extent(1) == 3);
  BOOST_TEST(shape(5, 3, 7).extent(2) == 7);
  BOOST_TEST(shape(5, 7).extent(1) == 7);
  BOOST_TEST(shape(5).extent(0) == 5);
}
