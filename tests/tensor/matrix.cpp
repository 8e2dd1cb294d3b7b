// Matrices whose extents are values.
#define BOOST_TEST_MODULE matrix
#include <boost/test/unit_test.hpp>
#include <convexpr/tensor/matrix.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <vector>

namespace cx = convexpr;
using Values = std::vector<float>;

BOOST_AUTO_TEST_CASE(it_starts_as_zeros_and_is_row_major) {
  cx::Matrix m(2, 3);
  BOOST_TEST(m.rows() == 2);
  BOOST_TEST(m.columns() == 3);
  m(1, 0) = 5;
  m.row(0)[2] = 4;
  const Values expected{0, 0, 4, 5, 0, 0};
  BOOST_TEST(Values(m.values().begin(), m.values().end()) == expected,
             boost::test_tools::per_element());
  BOOST_CHECK(m == cx::Matrix(2, 3, expected));
  BOOST_CHECK(!(m == cx::Matrix(3, 2, expected)));
}

BOOST_AUTO_TEST_CASE(products_are_sums_over_rows_and_columns) {
  const cx::Matrix a(2, 3, Values{1, 2, 3, 4, 5, 6});
  const cx::Matrix b(3, 2, Values{1, 0, 0, 1, 2, -1});
  BOOST_CHECK(a * b == cx::Matrix(2, 2, Values{7, -1, 16, -1}));
  const Values y = a * Values{1, 0, -1};
  BOOST_TEST(y == (Values{-2, -2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rows_become_columns) {
  const cx::Matrix a(2, 3, Values{1, 2, 3, 4, 5, 6});
  BOOST_CHECK(transposed(a) == cx::Matrix(3, 2, Values{1, 4, 2, 5, 3, 6}));
}

BOOST_AUTO_TEST_CASE(tensors_are_taken_as_they_lie) {
  cx::Tensor<float, 2, 3> t;
  t(1, 0) = 3;
  const cx::Matrix m(t);
  BOOST_TEST(m.rows() == 2);
  BOOST_TEST(m(1, 0) == 3);
  cx::Tensor<float, 3, 1, 1> x;
  x.fill(1);
  BOOST_TEST(m * x == (Values{0, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_in_words) {
  const auto says = [](const char* words) {
    return [words](const std::exception& e) { return std::string(e.what()) == words; };
  };
  BOOST_CHECK_EXCEPTION(cx::Matrix(2, 3, Values(5)), std::invalid_argument,
                        says("matrix: 2x3 values wanted, 5 given"));
  BOOST_CHECK_EXCEPTION(cx::Matrix(2, 3) * Values(2), std::invalid_argument,
                        says("matrix: 3 columns times 2 rows"));
}
