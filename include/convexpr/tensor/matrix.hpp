// A matrix whose extents are values: what the views of a network as linear algebra give.
#pragma once

#include <cassert>
#include <convexpr/shape/shape.hpp>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace convexpr {

/// Rows and columns of numbers, row-major; the extents are known at run time only.
///
/// For looking at and for small sizes: products are plain loops.
///
/// Accuracy   products add in double precision and round once
/// Errors     std::invalid_argument where extents do not fit one another
///            an index outside the matrix stops a debug build (assert)
class Matrix final {
 public:
  Matrix() = default;
  /// Zeros.
  Matrix(int rows, int columns)
      : rows_(rows),
        columns_(columns),
        values_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {}
  /// A copy of rows * columns values, row after row.
  Matrix(int rows, int columns, std::span<const float> values) : rows_(rows), columns_(columns) {
    if (values.size() != static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {
      throw std::invalid_argument("matrix: " + std::to_string(rows) + "x" +
                                  std::to_string(columns) + " values wanted, " +
                                  std::to_string(values.size()) + " given");
    }
    values_.assign(values.begin(), values.end());
  }
  /// A copy of a tensor or a view with two extents.
  template <class Table>
    requires(Table::shape.rank == 2)
  explicit Matrix(const Table& t) : Matrix(Table::shape.channels, Table::shape.width, t) {}

  int rows() const { return rows_; }
  int columns() const { return columns_; }

  float& operator()(int row, int column) { return values_[index(row, column)]; }
  float operator()(int row, int column) const { return values_[index(row, column)]; }

  /// One row.
  std::span<float> row(int r) {
    return std::span(values_).subspan(index(r, 0), static_cast<std::size_t>(columns_));
  }
  std::span<const float> row(int r) const {
    return std::span(values_).subspan(index(r, 0), static_cast<std::size_t>(columns_));
  }
  /// All values, row after row.
  std::span<const float> values() const { return values_; }

  friend bool operator==(const Matrix&, const Matrix&) = default;

  /// a * x; a tensor is taken as the vector of its values.
  friend std::vector<float> operator*(const Matrix& a, std::span<const float> x) {
    const Matrix product = a * Matrix(static_cast<int>(x.size()), 1, x);
    return product.values_;
  }

  friend Matrix operator*(const Matrix& a, const Matrix& b) {
    if (a.columns_ != b.rows_) {
      throw std::invalid_argument("matrix: " + std::to_string(a.columns_) + " columns times " +
                                  std::to_string(b.rows_) + " rows");
    }
    Matrix out(a.rows_, b.columns_);
    for (int r = 0; r < a.rows_; ++r) {
      for (int c = 0; c < b.columns_; ++c) {
        double sum = 0;
        for (int k = 0; k < a.columns_; ++k) sum += double{a(r, k)} * double{b(k, c)};
        out(r, c) = static_cast<float>(sum);
      }
    }
    return out;
  }

 private:
  std::size_t index(int row, int column) const {
    assert(row >= 0 && row < rows_ && column >= 0 && column < columns_ &&
           "the index lies outside the matrix");
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }

  int rows_ = 0;
  int columns_ = 0;
  std::vector<float> values_;
};

/// Rows become columns.
inline Matrix transposed(const Matrix& a) {
  Matrix out(a.columns(), a.rows());
  for (int r = 0; r < a.rows(); ++r) {
    for (int c = 0; c < a.columns(); ++c) out(c, r) = a(r, c);
  }
  return out;
}

}  // namespace convexpr
