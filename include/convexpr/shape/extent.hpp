// Two-dimensional extents and the padding around an image, as users write them in layer options.
//
// Next: shape/window.hpp, where a window of such extents slides over an image.
#pragma once

namespace convexpr {

/// A height and a width; one number stands for both.
///
/// Units      elements
struct Extent2 {
  int h = 1;
  int w = 1;

  constexpr Extent2() = default;
  constexpr Extent2(int both) : h(both), w(both) {}  // NOLINT: `.kernel = 3` is the notation
  constexpr Extent2(int height, int width) : h(height), w(width) {}

  friend constexpr bool operator==(const Extent2&, const Extent2&) = default;
};

/// Rows and columns added on each side of an image; one number stands for all four sides,
/// two for {vertical, horizontal}, four for {top, left, bottom, right}.
///
/// Units      elements
struct Padding {
  int top = 0;
  int left = 0;
  int bottom = 0;
  int right = 0;

  constexpr Padding() = default;
  constexpr Padding(int all) : top(all), left(all), bottom(all), right(all) {}  // NOLINT: notation
  constexpr Padding(int vertical, int horizontal)
      : top(vertical), left(horizontal), bottom(vertical), right(horizontal) {}
  constexpr Padding(int t, int l, int b, int r) : top(t), left(l), bottom(b), right(r) {}

  friend constexpr bool operator==(const Padding&, const Padding&) = default;
};

}  // namespace convexpr
