// A run of positions along one axis.
#pragma once

namespace convexpr {

/// Positions begin, begin + 1, ..., end - 1; none where both are equal.
struct Interval {
  int begin = 0;
  int end = 0;

  constexpr int size() const { return end - begin; }
  constexpr bool contains(int i) const { return i >= begin && i < end; }
  /// What of it lies on an axis of `extent` positions, counted from 0.
  constexpr Interval within(int extent) const {
    const auto nearest = [extent](int i) { return i < 0 ? 0 : i > extent ? extent : i; };
    return {nearest(begin), nearest(end)};
  }

  friend constexpr bool operator==(const Interval&, const Interval&) = default;
};

}  // namespace convexpr
