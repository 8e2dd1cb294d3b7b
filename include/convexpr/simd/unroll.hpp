// Loops that are taken apart into one piece of code for each turn.
//
// Register arrays must be indexed by constants: one ordinary loop over accumulators that the
// optimiser declines to unroll puts them on the stack, and the kernel drops to a fifth of its
// speed.
#pragma once

#include <type_traits>
#include <utility>

#if defined(__GNUC__) || defined(__clang__)
#define CONVEXPR_INLINE [[gnu::always_inline]] inline
/// Before a loop whose number of turns is a constant: the optimiser takes it apart, whatever its size.
/// An index is a constant after that, and so is what the loop computes from it. Costs the compiler one
/// loop, where simd::unroll costs a function for each turn.
#define CONVEXPR_UNROLL _Pragma("GCC unroll 1024")
#else
#define CONVEXPR_INLINE inline
#define CONVEXPR_UNROLL
#endif

namespace convexpr::simd {

/// Calls f(integral_constant<int, 0>) to f(integral_constant<int, N - 1>), in order: for what needs its
/// index as a constant of the language, such as a type, and for registers that move up, which Clang
/// makes a copy of memory where a loop moves them. Else see CONVEXPR_UNROLL.
template <int N, class F>
CONVEXPR_INLINE constexpr void unroll(F f) {
  if constexpr (N == 1)
    return f(std::integral_constant<int, 0>{});  // two functions less to compile
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>{}), ...);
  }(std::make_integer_sequence<int, N>{});
}

}  // namespace convexpr::simd
