// Norms of windows and pools to a given size, with their derivatives, by their definitions.
#pragma once

#include "reference_layers.hpp"

namespace reference {

/// The sum of powers under a window, as a mean times the window's size.
inline double power_sum(const Operation& op, const Images& x, int n, int c, int i, int j) {
  double sum = 0;
  for_each_tap(op, i, j, [&](int, int, int row, int column) {
    sum += std::pow(x(n, c, row, column), op.power);
  });
  return sum / divisor(op, i, j) * op.window.kernel.h * op.window.kernel.w;
}

inline void lp_pool(const Operation& op, const Images& x, Images& y) {
  for_each(y, [&](int n, int c, int i, int j) {
    const double sum = power_sum(op, x, n, c, i, j);
    y(n, c, i, j) = std::copysign(std::pow(std::abs(sum), 1.0 / op.power), sum);
  });
}

inline void lp_pool_adjoint(const Operation& op, const Images& x, const Images& dy, Images& dx) {
  for_each(dy, [&](int n, int c, int i, int j) {
    const double sum = power_sum(op, x, n, c, i, j);
    if (sum == 0) return;
    const double slope = std::pow(std::abs(sum), 1.0 / op.power - 1);  // of the root, times P
    const double weight = op.window.kernel.h * op.window.kernel.w / divisor(op, i, j);
    for_each_tap(op, i, j, [&](int, int, int row, int column) {
      dx(n, c, row, column) +=
          dy(n, c, i, j) * slope * weight * std::pow(x(n, c, row, column), op.power - 1);
    });
  });
}

/// Calls f(row, column) for each pixel of the part that output (i, j) of a pool to a size is made
/// of.
template <class F>
void for_each_pixel_of_part(const Operation& op, int i, int j, F f) {
  const auto begin = [](int n, int m, int k) { return k * n / m; };
  const auto end = [](int n, int m, int k) { return ((k + 1) * n + m - 1) / m; };
  for (int row = begin(op.in.height, op.out.height, i); row < end(op.in.height, op.out.height, i);
       ++row) {
    for (int column = begin(op.in.width, op.out.width, j);
         column < end(op.in.width, op.out.width, j); ++column) {
      f(row, column);
    }
  }
}

inline double part_size(const Operation& op, int i, int j) {
  double pixels = 0;
  for_each_pixel_of_part(op, i, j, [&](int, int) { ++pixels; });
  return pixels;
}

inline void adaptive_avg_pool(const Operation& op, const Images& x, Images& y) {
  for_each(y, [&](int n, int c, int i, int j) {
    for_each_pixel_of_part(op, i, j, [&](int row, int column) {
      y(n, c, i, j) += x(n, c, row, column) / part_size(op, i, j);
    });
  });
}

inline void adaptive_avg_pool_adjoint(const Operation& op, const Images& dy, Images& dx) {
  for_each(dy, [&](int n, int c, int i, int j) {
    for_each_pixel_of_part(op, i, j, [&](int row, int column) {
      dx(n, c, row, column) += dy(n, c, i, j) / part_size(op, i, j);
    });
  });
}

/// Index of the first of the largest values in the part.
inline std::size_t winner_of_part(const Operation& op, const Images& x, int n, int c, int i,
                                  int j) {
  double best = -std::numeric_limits<double>::infinity();
  std::size_t at = 0;
  for_each_pixel_of_part(op, i, j, [&](int row, int column) {
    if (x(n, c, row, column) > best) {
      best = x(n, c, row, column);
      at = x.index(n, c, row, column);
    }
  });
  return at;
}

inline void adaptive_max_pool(const Operation& op, const Images& x, Images& y) {
  for_each(y, [&](int n, int c, int i, int j) {
    y(n, c, i, j) = x.values[winner_of_part(op, x, n, c, i, j)];
  });
}

inline void adaptive_max_pool_adjoint(const Operation& op, const Images& x, const Images& dy,
                                      Images& dx) {
  for_each(dy, [&](int n, int c, int i, int j) {
    dx.values[winner_of_part(op, x, n, c, i, j)] += dy(n, c, i, j);
  });
}

}  // namespace reference
