// The shape of one example: an image, a sequence or a vector of features, without the batch.
#pragma once

#include <cstddef>

namespace convexpr {

/// C x H x W for an image (rank 3), C x L for a sequence (rank 2), N features (rank 1).
///
/// A lower rank leaves the extents it does not have at 1, so that `size()` and every formula over
/// channels and pixels holds for all three; the rank tells them apart (64 x 1 x 1 is an image).
struct Shape {
  int channels = 0;  // or features
  int height = 1;
  int width = 1;  // or the length of a sequence
  int rank = 0;

  constexpr std::size_t size() const {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  /// The extent along one axis, from 0 to rank - 1.
  constexpr int extent(int axis) const {
    if (axis == 0) return channels;
    return axis == rank - 1 ? width : height;
  }
  friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

/// Whether a tensor can have this shape: one to three extents, each positive.
constexpr bool is_possible(Shape s) {
  return s.rank >= 1 && s.rank <= 3 && s.channels >= 1 && s.height >= 1 && s.width >= 1;
}

/// The shape of a vector of features.
constexpr Shape shape(int features) { return {features, 1, 1, 1}; }
/// The shape of a sequence.
constexpr Shape shape(int channels, int length) { return {channels, 1, length, 2}; }
/// The shape of an image.
constexpr Shape shape(int channels, int height, int width) { return {channels, height, width, 3}; }

}  // namespace convexpr
