// A few vectors along the width turned into a vector of channels for each pixel.
#pragma once

#include <convexpr/simd/transpose.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::simd {

/// Channels that are worth turning: none where each number is stored and loaded for that.
#if defined(__AVX512F__)
inline constexpr int most_few_channels = 8;
#else
inline constexpr int most_few_channels = 0;
#endif

#if defined(__AVX512F__)

/// The even lanes of two vectors, those of the first before those of the second.
inline Vector even_lanes(Vector a, Vector b) {
  const __m512i order = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  return Vector(_mm512_permutex2var_ps(a, order, b));
}
/// The odd ones.
inline Vector odd_lanes(Vector a, Vector b) {
  const __m512i order = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
  return Vector(_mm512_permutex2var_ps(a, order, b));
}

/// `Channels` vectors of `lanes` pixels: at<P>() is pixel P, a channel in each lane and zeros in the rest.
///
/// Cost       two instructions a pixel, all pixels together
template <int Channels>
class PixelsOfChannels {
  static_assert(Channels >= 1 && Channels <= most_few_channels);

 public:
  CONVEXPR_INLINE explicit PixelsOfChannels(const Vector (&channels)[Channels]) {
    const auto channel = [&](int c) __attribute__((always_inline)) {
      return c < Channels ? __m512(channels[c < Channels ? c : 0]) : _mm512_setzero_ps();
    };
    CONVEXPR_UNROLL
    for (int h = 0; h < halves; ++h) {
      __m512 rows[4] = {channel(4 * h), channel(4 * h + 1), channel(4 * h + 2), channel(4 * h + 3)};
      // Of each quarter of the lanes one pixel: pixel 4 q + k of quarter q.
      detail::transpose_quarters(rows);
      CONVEXPR_UNROLL
      for (int k = 0; k < 4; ++k) quarters_[h][k] = _mm512_castps_pd(rows[k]);
    }
  }

  template <int P>
  CONVEXPR_INLINE Vector at() const {
    constexpr int first = P / 4 * 2;
    const __m512i order = _mm512_set_epi64(0, 0, 0, 0, 9 + first, 8 + first, 1 + first, first);
    const __m512d pixel = _mm512_maskz_permutex2var_pd(
        halves == 2 ? 0x0F : 0x03, quarters_[0][P % 4], order, quarters_[halves - 1][P % 4]);
    return Vector(_mm512_castpd_ps(pixel));
  }

 private:
  static constexpr int halves = (Channels + 3) / 4;
  __m512d quarters_[halves][4];
};

#else

namespace detail {
inline Vector every_other(Vector a, Vector b, int first) {
  alignas(alignment) float both[2 * lanes];
  alignas(alignment) float taken[lanes];
  store(both, a);
  store(both + lanes, b);
  for (int l = 0; l < lanes; ++l) taken[l] = both[2 * l + first];
  return load(taken);
}
}  // namespace detail

inline Vector even_lanes(Vector a, Vector b) { return detail::every_other(a, b, 0); }
inline Vector odd_lanes(Vector a, Vector b) { return detail::every_other(a, b, 1); }

template <int Channels>
class PixelsOfChannels {
  static_assert(Channels >= 1 && Channels <= lanes);

 public:
  explicit PixelsOfChannels(const Vector (&channels)[Channels]) {
    for (int c = 0; c < Channels; ++c) store(values_[c], channels[c]);
  }

  template <int P>
  Vector at() const {
    alignas(alignment) float pixel[lanes] = {};
    for (int c = 0; c < Channels; ++c) pixel[c] = values_[c][P];
    return load(pixel);
  }

 private:
  alignas(alignment) float values_[Channels][lanes];
};

#endif

}  // namespace convexpr::simd
