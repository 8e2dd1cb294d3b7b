// Winograd's minimal filtering: a convolution of a tile as a product of transforms.
//
// Along an axis, `outputs` values of a correlation with `taps` weights are a polynomial product, and
// that is known from its values at `outputs + taps - 1` points: the input and the weights are
// evaluated there, multiplied point by point, and the outputs interpolated. The points are 0, 1, -1,
// for six of them 2 and -2, and infinity. Of an image rows are transformed, then columns.
//
// Source: S. Winograd, Arithmetic Complexity of Computations (1980); A. Lavin and S. Gray, Fast
// Algorithms for Convolutional Neural Networks (2016). Next: kernels/conv2d_winograd.hpp.
#pragma once

#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// F(outputs x outputs, taps x taps).
///
/// Requires   4 or 6 points, at least 2 taps and outputs
struct Winograd {
  int outputs = 0;
  int taps = 3;

  constexpr int points() const { return outputs + taps - 1; }
  /// Products for a tile of an image.
  constexpr int products() const { return points() * points(); }
  friend constexpr bool operator==(const Winograd&, const Winograd&) = default;
};

namespace detail {

/// The finite points in order; infinity is the last.
inline constexpr float winograd_points[] = {0, 1, -1, 2, -2};

/// What the interpolation through `points` points multiplies the values at each finite one by.
constexpr float winograd_factor(int points, int p) {
  constexpr float of_4[] = {1.0F, 0.5F, 0.5F};
  constexpr float of_6[] = {1 / 4.0F, -1 / 6.0F, -1 / 6.0F, 1 / 24.0F, 1 / 24.0F};
  return points == 4 ? of_4[p] : of_6[p];
}

constexpr float power(float base, int exponent) {
  float result = 1;
  for (; exponent > 0; --exponent) result *= base;
  return result;
}

/// The input at the points: B^T d.
template <int Points>
CONVEXPR_INLINE void winograd_input(const simd::Vector (&d)[Points], simd::Vector (&out)[Points]) {
  static_assert(Points == 4 || Points == 6);
  if constexpr (Points == 4) {
    out[0] = d[0] - d[2];
    out[1] = d[1] + d[2];
    out[2] = d[2] - d[1];
    out[3] = d[3] - d[1];
  } else {
    const simd::Vector four = simd::broadcast(4.0F);
    const simd::Vector minus_four = simd::broadcast(-4.0F);
    const simd::Vector minus_five = simd::broadcast(-5.0F);
    const simd::Vector two = simd::broadcast(2.0F);
    const simd::Vector even_1 = simd::fma(d[2], minus_four, d[4]);
    const simd::Vector odd_1 = simd::fma(d[1], minus_four, d[3]);
    const simd::Vector even_2 = d[4] - d[2];
    const simd::Vector odd_2 = (d[3] - d[1]) * two;
    out[0] = simd::fma(d[2], minus_five, simd::fma(d[0], four, d[4]));
    out[1] = even_1 + odd_1;
    out[2] = even_1 - odd_1;
    out[3] = even_2 + odd_2;
    out[4] = even_2 - odd_2;
    out[5] = simd::fma(d[3], minus_five, simd::fma(d[1], four, d[5]));
  }
}

/// The outputs from their values at the points: A^T m.
template <Winograd W>
CONVEXPR_INLINE void winograd_output(const simd::Vector (&m)[W.points()],
                                     simd::Vector (&out)[W.outputs]) {
  constexpr int points = W.points();
  const simd::Vector even_1 = m[1] + m[2];
  const simd::Vector odd_1 = m[1] - m[2];
  simd::Vector even_2 = even_1;  // of four points there is no second pair
  simd::Vector odd_2 = odd_1;
  if constexpr (points == 6) {
    even_2 = m[3] + m[4];
    odd_2 = m[3] - m[4];
  }
  simd::unroll<W.outputs>([&](auto i) __attribute__((always_inline)) {
    simd::Vector y = i % 2 == 0 ? even_1 : odd_1;
    if constexpr (points == 6) {
      if constexpr (i == 0) {
        y = y + even_2;
      } else {
        y = simd::fma(i % 2 == 0 ? even_2 : odd_2, simd::broadcast(power(2, i)), y);
      }
    }
    if constexpr (i == 0) y = y + m[0];
    if constexpr (i == W.outputs - 1) y = y + m[points - 1];
    out[i] = y;
  });
}

/// The weights at the points, with the factors of the interpolation: G w.
template <Winograd W>
CONVEXPR_INLINE void winograd_weights(const simd::Vector (&w)[W.taps],
                                      simd::Vector (&out)[W.points()]) {
  constexpr int points = W.points();
  simd::unroll<points - 1>([&](auto p) __attribute__((always_inline)) {
    constexpr float factor = winograd_factor(points, p);
    simd::Vector sum = w[0] * simd::broadcast(factor);
    if constexpr (p > 0) {
      simd::unroll<W.taps - 1>([&](auto r) __attribute__((always_inline)) {
        sum = simd::fma(w[r + 1], simd::broadcast(factor * power(winograd_points[p], r + 1)), sum);
      });
    }
    out[p] = sum;
  });
  out[points - 1] = w[W.taps - 1];
}

// Of an image the columns are transformed, then the rows, by loops: what lies between is more than the
// registers hold. Each is compiled once, whatever comes before and behind it.

/// A tile of the input at all points.
///
/// Shapes     from: Points x Points vectors, `row` floats from one row to the next
///            to: a vector for each point, `plane` floats apart
template <int Points>
[[gnu::noinline]] void winograd_input_tile(const float* from, std::ptrdiff_t row, float* to,
                                           std::ptrdiff_t plane) {
  constexpr int lanes = simd::lanes;
  alignas(simd::alignment) float between[Points * Points * lanes];
  simd::Vector in[Points];
  simd::Vector out[Points];
#pragma GCC unroll 6
  for (int c = 0; c < Points; ++c) {
    CONVEXPR_UNROLL
    for (int r = 0; r < Points; ++r) in[r] = simd::load(from + r * row + std::ptrdiff_t{c} * lanes);
    winograd_input<Points>(in, out);
    CONVEXPR_UNROLL
    for (int r = 0; r < Points; ++r) simd::store(between + (r * Points + c) * lanes, out[r]);
  }
#pragma GCC unroll 6
  for (int r = 0; r < Points; ++r, to += Points * plane) {
    CONVEXPR_UNROLL
    for (int c = 0; c < Points; ++c) in[c] = simd::load(between + (r * Points + c) * lanes);
    winograd_input<Points>(in, out);
    CONVEXPR_UNROLL
    for (int c = 0; c < Points; ++c) simd::store(to + c * plane, out[c]);
  }
}

/// A tile of weights at all points.
///
/// Shapes     from: taps x taps vectors, `row` and `column` floats apart
///            to: a vector for each point, `plane` floats apart
template <Winograd W>
[[gnu::noinline]] void winograd_weight_tile(const float* from, std::ptrdiff_t row,
                                            std::ptrdiff_t column, float* to,
                                            std::ptrdiff_t plane) {
  constexpr int points = W.points();
  constexpr int lanes = simd::lanes;
  alignas(simd::alignment) float between[points * W.taps * lanes];
  simd::Vector in[W.taps];
  simd::Vector out[points];
  for (int v = 0; v < W.taps; ++v) {
    CONVEXPR_UNROLL
    for (int u = 0; u < W.taps; ++u) in[u] = simd::load(from + u * row + v * column);
    winograd_weights<W>(in, out);
    CONVEXPR_UNROLL
    for (int p = 0; p < points; ++p) simd::store(between + (p * W.taps + v) * lanes, out[p]);
  }
  for (int p = 0; p < points; ++p, to += points * plane) {
    CONVEXPR_UNROLL
    for (int v = 0; v < W.taps; ++v) in[v] = simd::load(between + (p * W.taps + v) * lanes);
    winograd_weights<W>(in, out);
    CONVEXPR_UNROLL
    for (int q = 0; q < points; ++q) simd::store(to + q * plane, out[q]);
  }
}

/// A tile of outputs from its products.
///
/// Shapes     from: a vector for each point, `plane` floats apart
///            to: outputs x outputs vectors, `row` and `column` floats apart
template <Winograd W>
[[gnu::noinline]] void winograd_output_tile(const float* from, std::ptrdiff_t plane, float* to,
                                            std::ptrdiff_t row, std::ptrdiff_t column) {
  constexpr int points = W.points();
  constexpr int lanes = simd::lanes;
  alignas(simd::alignment) float between[W.outputs * points * lanes];
  simd::Vector in[points];
  simd::Vector out[W.outputs];
#pragma GCC unroll 6
  for (int c = 0; c < points; ++c, from += plane) {
    CONVEXPR_UNROLL
    for (int r = 0; r < points; ++r) in[r] = simd::load(from + r * points * plane);
    winograd_output<W>(in, out);
    CONVEXPR_UNROLL
    for (int r = 0; r < W.outputs; ++r) simd::store(between + (r * points + c) * lanes, out[r]);
  }
#pragma GCC unroll 6
  for (int r = 0; r < W.outputs; ++r, to += row) {
    CONVEXPR_UNROLL
    for (int c = 0; c < points; ++c) in[c] = simd::load(between + (r * points + c) * lanes);
    winograd_output<W>(in, out);
    CONVEXPR_UNROLL
    for (int c = 0; c < W.outputs; ++c) simd::store(to + c * column, out[c]);
  }
}

}  // namespace detail

}  // namespace convexpr::kernels
