// A square of numbers turned round in registers.
#pragma once

#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::simd {

#if defined(__AVX__)
namespace detail {

inline __m256 low_floats(__m256 a, __m256 b) { return _mm256_unpacklo_ps(a, b); }
inline __m256 high_floats(__m256 a, __m256 b) { return _mm256_unpackhi_ps(a, b); }
inline __m256 low_pairs(__m256 a, __m256 b) {
  return _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
}
inline __m256 high_pairs(__m256 a, __m256 b) {
  return _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
}
#if defined(__AVX512F__)
inline __m512 low_floats(__m512 a, __m512 b) { return _mm512_unpacklo_ps(a, b); }
inline __m512 high_floats(__m512 a, __m512 b) { return _mm512_unpackhi_ps(a, b); }
inline __m512 low_pairs(__m512 a, __m512 b) {
  return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}
inline __m512 high_pairs(__m512 a, __m512 b) {
  return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}
#endif

/// Turns the 4 x 4 squares of four rows: quarter q of row k becomes column 4 q + k of them.
template <class V>
CONVEXPR_INLINE void transpose_quarters(V* rows) {
  const V low01 = low_floats(rows[0], rows[1]);
  const V high01 = high_floats(rows[0], rows[1]);
  const V low23 = low_floats(rows[2], rows[3]);
  const V high23 = high_floats(rows[2], rows[3]);
  rows[0] = low_pairs(low01, low23);
  rows[1] = high_pairs(low01, low23);
  rows[2] = low_pairs(high01, high23);
  rows[3] = high_pairs(high01, high23);
}

}  // namespace detail
#endif

/// Turns a square round:
///
///     to[k * lanes + r] = from[r * lanes + k]
///
/// Shapes     from, to: lanes x lanes, apart from each other
/// Cost       log2(lanes) instructions a row, a load and a store; without SSE a number at a time
inline void transpose(const float* from, float* to) {
#if defined(__AVX512F__)
  __m512 a[16];
  CONVEXPR_UNROLL
  for (int r = 0; r < 16; ++r) a[r] = _mm512_loadu_ps(from + r * 16);
  CONVEXPR_UNROLL
  for (int r = 0; r < 16; r += 4) detail::transpose_quarters(a + r);
  CONVEXPR_UNROLL
  for (int k = 0; k < 4; ++k) {
    const __m512 even_above = _mm512_shuffle_f32x4(a[k], a[4 + k], 0x88);
    const __m512 odd_above = _mm512_shuffle_f32x4(a[k], a[4 + k], 0xdd);
    const __m512 even_below = _mm512_shuffle_f32x4(a[8 + k], a[12 + k], 0x88);
    const __m512 odd_below = _mm512_shuffle_f32x4(a[8 + k], a[12 + k], 0xdd);
    _mm512_storeu_ps(to + k * 16, _mm512_shuffle_f32x4(even_above, even_below, 0x88));
    _mm512_storeu_ps(to + (4 + k) * 16, _mm512_shuffle_f32x4(odd_above, odd_below, 0x88));
    _mm512_storeu_ps(to + (8 + k) * 16, _mm512_shuffle_f32x4(even_above, even_below, 0xdd));
    _mm512_storeu_ps(to + (12 + k) * 16, _mm512_shuffle_f32x4(odd_above, odd_below, 0xdd));
  }
#elif defined(__AVX__)
  __m256 a[8];
  CONVEXPR_UNROLL
  for (int r = 0; r < 8; ++r) a[r] = _mm256_loadu_ps(from + r * 8);
  detail::transpose_quarters(a);
  detail::transpose_quarters(a + 4);
  CONVEXPR_UNROLL
  for (int k = 0; k < 4; ++k) {
    _mm256_storeu_ps(to + k * 8, _mm256_permute2f128_ps(a[k], a[4 + k], 0x20));
    _mm256_storeu_ps(to + (4 + k) * 8, _mm256_permute2f128_ps(a[k], a[4 + k], 0x31));
  }
#elif defined(__SSE2__)
  __m128 a = _mm_loadu_ps(from);
  __m128 b = _mm_loadu_ps(from + 4);
  __m128 c = _mm_loadu_ps(from + 8);
  __m128 d = _mm_loadu_ps(from + 12);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(to, a);
  _mm_storeu_ps(to + 4, b);
  _mm_storeu_ps(to + 8, c);
  _mm_storeu_ps(to + 12, d);
#else
  for (int r = 0; r < lanes; ++r) {
    for (int k = 0; k < lanes; ++k) to[k * lanes + r] = from[r * lanes + k];
  }
#endif
}

}  // namespace convexpr::simd
