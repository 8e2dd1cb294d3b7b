// A sum over many pixels that does not lose what float would.
#pragma once

#include <convexpr/simd/vector.hpp>

namespace convexpr::kernels::detail {

/// A sum over all pixels of one block of channels: in float along a row, in double across rows, so
/// that its error does not grow with the number of examples.
class PixelSum {
 public:
  void add(simd::Vector row) {
    alignas(simd::alignment) float values[simd::lanes];
    simd::store(values, row);
    for (int l = 0; l < simd::lanes; ++l) total_[l] += static_cast<double>(values[l]);
  }
  /// The sum divided by `count`.
  simd::Vector over(double count) const {
    alignas(simd::alignment) float values[simd::lanes];
    for (int l = 0; l < simd::lanes; ++l) values[l] = static_cast<float>(total_[l] / count);
    return simd::load(values);
  }
  /// The sum of all lanes.
  double total() const {
    double sum = 0;
    for (const double lane : total_) sum += lane;
    return sum;
  }

 private:
  double total_[simd::lanes] = {};
};

}  // namespace convexpr::kernels::detail
