// Filters that have a name.
#pragma once

#include <convexpr/layers/taps.hpp>

namespace convexpr {

/// Eight times the slope from left to right, smoothed downwards: positive where an image grows
/// lighter to the right.
///
/// Source     I. Sobel and G. Feldman, "An isotropic 3x3 image gradient operator", 1968
inline constexpr Taps<3, 3> sobel_x = taps({{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}});

/// Likewise from top to bottom: positive where an image grows lighter downwards.
inline constexpr Taps<3, 3> sobel_y = taps({{-1, -2, -1}, {0, 0, 0}, {1, 2, 1}});

/// The sum of the second differences along both axes: four neighbours less four times the pixel.
inline constexpr Taps<3, 3> laplacian = taps({{0, 1, 0}, {1, -4, 1}, {0, 1, 0}});

/// The mean of Size x Size pixels.
template <int Size>
  requires(Size >= 1)
inline constexpr Taps<Size, Size> box = [] {
  Taps<Size, Size> out;
  for (float& value : out.values) value = 1.0F / static_cast<float>(Size * Size);
  return out;
}();

/// A bell of Size x Size taps that sum to 1: binomial coefficients, whose standard deviation is
/// sqrt(Size - 1) / 2.
///
///     w[u,v] = C(Size-1, u) * C(Size-1, v) / 4^(Size-1)
///
/// Binomial and not sampled from the exponential: the taps are exact and sum to 1 without being
/// divided by their sum, two such filters in a row make a third, and no width has to be chosen.
///
/// Accuracy   exact up to Size 13, each tap within 2^-24 of itself beyond
template <int Size>
  requires(Size >= 1 && Size <= 63)  // where the corner tap is about the smallest normal number
inline constexpr Taps<Size, Size> gaussian = [] {
  double row[Size] = {1};
  for (int n = 1; n < Size; ++n) {
    for (int k = n; k > 0; --k) row[k] = (row[k] + row[k - 1]) / 2;
    row[0] /= 2;
  }
  Taps<Size, Size> out;
  for (int u = 0; u < Size; ++u) {
    for (int v = 0; v < Size; ++v) out(u, v) = static_cast<float>(row[u] * row[v]);
  }
  return out;
}();

}  // namespace convexpr
