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

/// `.padding = same`: as much as keeps the extents, for a stride of 1. Where the kernel asks for an
/// odd sum, the bottom and the right get the larger part, as in PyTorch.
struct Same {};
inline constexpr Same same{};

namespace detail {
inline constexpr int same_padding = -2'000'000'000;
}

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
  constexpr Padding(Same) : Padding(detail::same_padding) {}  // NOLINT: `.padding = same`

  /// Whether the padding is yet to follow from the kernel.
  constexpr bool is_same() const { return top == detail::same_padding; }

  friend constexpr bool operator==(const Padding&, const Padding&) = default;
};

/// Elements added on both ends of a sequence; one number stands for both.
struct Padding1 {
  int left = 0;
  int right = 0;

  constexpr Padding1() = default;
  constexpr Padding1(int both) : left(both), right(both) {}  // NOLINT: notation
  constexpr Padding1(int l, int r) : left(l), right(r) {}
  constexpr Padding1(Same) : Padding1(detail::same_padding) {}  // NOLINT: `.padding = same`

  /// The same around an image of one row.
  constexpr Padding around_row() const {
    return left == detail::same_padding ? Padding(same) : Padding(0, left, 0, right);
  }

  friend constexpr bool operator==(const Padding1&, const Padding1&) = default;
};

}  // namespace convexpr
