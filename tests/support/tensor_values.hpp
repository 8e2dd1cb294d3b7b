// Tensors of random values, and what is compared with them: plain loops in double precision.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/tensor/batch.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace support {

using Doubles = std::vector<double>;

/// Numbers between -2 and 2, none of them near 0.
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

inline Doubles doubles(std::span<const float> values) { return {values.begin(), values.end()}; }
template <class T, int... X>
Doubles doubles(const convexpr::Batch<T, X...>& batch) {
  return doubles(std::span(batch.data(), batch.size() * batch.example_size));
}

/// Equal within a few roundings of numbers of this size.
template <class Values>
void check_close(const Values& found, const Doubles& expected, double tolerance = 4e-7) {
  const Doubles values = doubles(found);
  BOOST_REQUIRE(values.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error = std::abs(values[i] - expected[i]) / std::max(1.0, std::abs(expected[i]));
    if (!(error <= worst)) worst = error;  // a NaN, too
  }
  BOOST_TEST(worst < tolerance);
}
inline void check_close(double found, double expected, double tolerance = 4e-7) {
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

/// dL/dx of a loss in double precision.
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

}  // namespace support
