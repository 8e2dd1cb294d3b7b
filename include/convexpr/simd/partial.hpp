// The first lanes of a vector in memory: the end of an array that is no multiple of a vector.
#pragma once

#include <convexpr/simd/vector.hpp>

namespace convexpr::simd {

#if defined(__AVX2__) && !defined(__AVX512F__)
namespace detail {

inline __m256i bits_of_first(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

}  // namespace detail
#endif

/// p[0] to p[count - 1], then zeros; reads nothing else.
///
/// Requires   0 < count <= lanes; p of any alignment
/// Cost       one masked load with AVX-512 and AVX2, elsewhere one load a lane
inline Vector load_first(const float* p, int count) {
#if defined(__AVX512F__)
  return Vector(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1), p));
#elif defined(__AVX2__)
  return Vector(_mm256_maskload_ps(p, detail::bits_of_first(count)));
#else
  alignas(alignment) float values[lanes] = {};
  for (int l = 0; l < count; ++l) values[l] = p[l];
  return load(values);
#endif
}

/// Writes the first `count` lanes, and nothing else.
///
/// Requires   as load_first
inline void store_first(float* p, Vector v, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << count) - 1), v);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(p, detail::bits_of_first(count), v);
#else
  alignas(alignment) float values[lanes];
  store(values, v);
  for (int l = 0; l < count; ++l) p[l] = values[l];
#endif
}

}  // namespace convexpr::simd
