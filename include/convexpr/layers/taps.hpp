// The taps of a fixed filter, as a template argument.
//
// Next: layers/filter2d.hpp, which slides them over an image; layers/named_taps.hpp has the usual
// ones.
#pragma once

namespace convexpr {

/// Height x Width numbers, the weights of a filter: row by row, from the upper left one.
///
///     cx::Taps<2, 3>{{1, 0, -1,
///                     2, 0, -2}}
///
/// See also   taps, which counts the rows and columns itself
template <int Height, int Width>
struct Taps {
  static_assert(Height >= 1 && Width >= 1, "Taps: there must be a tap");

  float values[Height * Width] = {};

  static constexpr int height = Height;
  static constexpr int width = Width;

  constexpr float operator()(int u, int v) const { return values[u * Width + v]; }
  constexpr float& operator()(int u, int v) { return values[u * Width + v]; }
  friend constexpr bool operator==(const Taps&, const Taps&) = default;
};

/// Taps from their rows; a filter of one row is written with two pairs of braces.
///
///     cx::taps({{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}})        cx::taps({{1, 2, 1}})
template <int Height, int Width>
constexpr Taps<Height, Width> taps(const float (&rows)[Height][Width]) {
  Taps<Height, Width> out;
  for (int u = 0; u < Height; ++u) {
    for (int v = 0; v < Width; ++v) out(u, v) = rows[u][v];
  }
  return out;
}

/// The same taps from the last to the first, along both axes: cross-correlation with them is what
/// signal processing calls convolution with `from`.
template <int Height, int Width>
constexpr Taps<Height, Width> flipped(const Taps<Height, Width>& from) {
  Taps<Height, Width> out;
  for (int u = 0; u < Height; ++u) {
    for (int v = 0; v < Width; ++v) out(u, v) = from(Height - 1 - u, Width - 1 - v);
  }
  return out;
}

}  // namespace convexpr
