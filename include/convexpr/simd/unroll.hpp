// Loops whose index is a compile-time constant.
//
// Register arrays must be indexed by constants: one ordinary loop over accumulators that the
// optimiser declines to unroll puts them on the stack, and the kernel drops to a fifth of its
// speed.
#pragma once

#include <type_traits>
#include <utility>

#if defined(__GNUC__) || defined(__clang__)
#define CONVEXPR_INLINE [[gnu::always_inline]] inline
#else
#define CONVEXPR_INLINE inline
#endif

namespace convexpr::simd {

/// Calls f(integral_constant<int, 0>) to f(integral_constant<int, N - 1>), in order.
template <int N, class F>
CONVEXPR_INLINE constexpr void unroll(F f) {
  if constexpr (N == 1)
    return f(std::integral_constant<int, 0>{});  // two functions less to compile
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>{}), ...);
  }(std::make_integer_sequence<int, N>{});
}

}  // namespace convexpr::simd
