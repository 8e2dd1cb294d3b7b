// A square of numbers turned round in registers.
#pragma once

#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::simd {

/// Turns a square round:
///
///     to[k * lanes + r] = from[r * lanes + k]
///
/// Shapes     from, to: lanes x lanes, apart from each other
/// Cost       log2(lanes) instructions a row, a load and a store; without SSE a number at a time
inline void transpose(const float* from, float* to) {
#if defined(__AVX512F__)
  __m512 a[16];
  __m512 b[16];
  const auto pd = [](__m512 v) __attribute__((always_inline)) { return _mm512_castps_pd(v); };
  const auto ps = [](__m512d v) __attribute__((always_inline)) { return _mm512_castpd_ps(v); };
  CONVEXPR_UNROLL
  for (int r = 0; r < 16; ++r) a[r] = _mm512_loadu_ps(from + r * 16);
  CONVEXPR_UNROLL
  for (int r = 0; r < 16; r += 2) {
    b[r] = _mm512_unpacklo_ps(a[r], a[r + 1]);
    b[r + 1] = _mm512_unpackhi_ps(a[r], a[r + 1]);
  }
  CONVEXPR_UNROLL
  for (int r = 0; r < 16; r += 4) {  // quarter q of a[r + k]: column 4 q + k of four rows
    a[r] = ps(_mm512_unpacklo_pd(pd(b[r]), pd(b[r + 2])));
    a[r + 1] = ps(_mm512_unpackhi_pd(pd(b[r]), pd(b[r + 2])));
    a[r + 2] = ps(_mm512_unpacklo_pd(pd(b[r + 1]), pd(b[r + 3])));
    a[r + 3] = ps(_mm512_unpackhi_pd(pd(b[r + 1]), pd(b[r + 3])));
  }
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
  __m256 b[8];
  const auto pd = [](__m256 v) __attribute__((always_inline)) { return _mm256_castps_pd(v); };
  const auto ps = [](__m256d v) __attribute__((always_inline)) { return _mm256_castpd_ps(v); };
  CONVEXPR_UNROLL
  for (int r = 0; r < 8; ++r) a[r] = _mm256_loadu_ps(from + r * 8);
  CONVEXPR_UNROLL
  for (int r = 0; r < 8; r += 2) {
    b[r] = _mm256_unpacklo_ps(a[r], a[r + 1]);
    b[r + 1] = _mm256_unpackhi_ps(a[r], a[r + 1]);
  }
  CONVEXPR_UNROLL
  for (int r = 0; r < 8; r += 4) {  // half h of a[r + k]: column 4 h + k of four rows
    a[r] = ps(_mm256_unpacklo_pd(pd(b[r]), pd(b[r + 2])));
    a[r + 1] = ps(_mm256_unpackhi_pd(pd(b[r]), pd(b[r + 2])));
    a[r + 2] = ps(_mm256_unpacklo_pd(pd(b[r + 1]), pd(b[r + 3])));
    a[r + 3] = ps(_mm256_unpackhi_pd(pd(b[r + 1]), pd(b[r + 3])));
  }
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
