// A number with a fraction as a template argument.
#pragma once

#include <type_traits>

namespace convexpr {

/// A float that accepts `0.5`, `0.5f` and `1` where it stands as a template argument: whatever a
/// value is written as, it gives one type.
struct Real {
  float value = 0;

  template <class Number>
    requires std::is_arithmetic_v<Number>
  constexpr Real(Number v)  // NOLINT: `dropout<0.5>` is the notation
      : value(static_cast<float>(v)) {
    if (value == 0) value = 0;  // -0 too: the two are equal, and would not be one type
  }

  friend constexpr bool operator==(const Real&, const Real&) = default;
};

}  // namespace convexpr
