// A number with a fraction as a template argument.
#pragma once

namespace convexpr {

/// A float that accepts `0.5` as well as `0.5f` where it stands as a template argument: both give
/// one value, and so one type.
struct Real {
  float value = 0;

  constexpr Real(double v)
      : value(static_cast<float>(v)) {}  // NOLINT: `dropout<0.5>` is the notation

  friend constexpr bool operator==(const Real&, const Real&) = default;
};

}  // namespace convexpr
