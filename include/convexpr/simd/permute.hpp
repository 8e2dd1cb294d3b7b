// Lanes in another order: what one load brings is spread over a vector, or gathered from it.
#pragma once

#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstdint>

namespace convexpr::simd {

/// The lane that each lane takes.
///
/// Requires   every number from 0 to lanes - 1
struct LaneNumbers {
  alignas(alignment) std::int32_t of[lanes] = {};
};

/// from[numbers.of[0]], from[numbers.of[1]], ...
///
/// Cost       one load and one instruction with AVX-512 and AVX2, elsewhere one load and one store
///            a lane
inline Vector permute(const float* from, const LaneNumbers& numbers) {
#if defined(__AVX512F__)
  return Vector(_mm512_permutexvar_ps(_mm512_load_si512(numbers.of), load(from)));
#elif defined(__AVX2__)
  const auto* const order = reinterpret_cast<const __m256i*>(numbers.of);
  return Vector(_mm256_permutevar8x32_ps(load(from), _mm256_load_si256(order)));
#else
  alignas(alignment) float values[lanes];
  for (int l = 0; l < lanes; ++l) values[l] = from[numbers.of[l]];
  return load(values);
#endif
}

/// Whether `joined_lanes` is one instruction.
#if defined(__AVX512F__)
inline constexpr bool has_joined_lanes = true;
#else
inline constexpr bool has_joined_lanes = false;
#endif

/// `lanes` of the lanes of a and of b behind them, from number First on.
template <int First>
CONVEXPR_INLINE Vector joined_lanes(Vector a, Vector b) {
  static_assert(First >= 0 && First <= lanes);
  if constexpr (First == 0) return a;
  if constexpr (First == lanes) return b;
#if defined(__AVX512F__)
  return Vector(_mm512_castsi512_ps(
      _mm512_alignr_epi32(_mm512_castps_si512(b), _mm512_castps_si512(a), First % lanes)));
#else
  alignas(alignment) float values[2 * lanes];
  store(values, a);
  store(values + lanes, b);
  return load_unaligned(values + First);
#endif
}

}  // namespace convexpr::simd
