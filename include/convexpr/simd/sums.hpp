// The sums of the lanes of several vectors, side by side in one.
#pragma once

#include <convexpr/simd/transpose.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::simd {

#if defined(__AVX512F__)
namespace detail {

/// Lane k of each quarter: the sum of that quarter of rows[k].
CONVEXPR_INLINE __m512 sums_of_quarters(const __m512* rows) {
  const __m512 first = _mm512_add_ps(low_floats(rows[0], rows[1]), high_floats(rows[0], rows[1]));
  const __m512 second = _mm512_add_ps(low_floats(rows[2], rows[3]), high_floats(rows[2], rows[3]));
  return _mm512_add_ps(low_pairs(first, second), high_pairs(first, second));
}

}  // namespace detail
#endif

/// Lane k is the sum of the lanes of vectors[k]; what the lanes from Count on hold is not said.
///
/// Requires   Count at most lanes, with AVX-512 8
/// Cost       three instructions a vector with AVX-512, all together
template <int Count>
CONVEXPR_INLINE Vector sums(const Vector* vectors) {
  static_assert(Count >= 1 && Count <= lanes && Count <= 8);
  if constexpr (Count == 1) return broadcast(sum(vectors[0]));
#if defined(__AVX512F__)
  __m512 rows[8];
  CONVEXPR_UNROLL
  for (int k = 0; k < 8; ++k) {
    rows[k] = k < Count ? __m512(vectors[k < Count ? k : 0]) : _mm512_setzero_ps();
  }
  const __m512 low = detail::sums_of_quarters(rows);
  const __m512 high = Count > 4 ? detail::sums_of_quarters(rows + 4) : low;
  // Quarters 0 and 2 of both, and 1 and 3: then the two that are left of each.
  const __m512 halves =
      _mm512_add_ps(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
  return Vector(_mm512_add_ps(_mm512_shuffle_f32x4(halves, halves, 0x88),
                              _mm512_shuffle_f32x4(halves, halves, 0xdd)));
#else
  alignas(alignment) float values[lanes] = {};
  for (int k = 0; k < Count; ++k) values[k] = sum(vectors[k]);
  return load(values);
#endif
}

}  // namespace convexpr::simd
