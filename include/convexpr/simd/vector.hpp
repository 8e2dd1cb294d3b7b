// The vector type that every kernel computes with, and what can be done with one.
//
// This room alone names xsimd. `lanes` follows the instruction set that the translation unit is
// compiled for: 16 with AVX-512, 8 with AVX, 4 with SSE2 and NEON.
#pragma once

#include <concepts>
#include <cstddef>

// GCC 12 warns of its own AVX-512 header, whose undefined vectors are meant to be undefined
// (GCC bug 105593); the warning looks at the pragmas that were in force where the header was read.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace convexpr::simd {

// xsimd 8.1 does not compile select on 32-bit integers, and with it exp and log, for its AVX-512 BW
// architecture; nothing here needs more than AVX-512 F.
#if defined(__AVX512F__)
using Architecture = xsimd::avx512f;
#else
using Architecture = xsimd::default_arch;
#endif

using Vector = xsimd::batch<float, Architecture>;
// To find NaN, compare with ==: xsimd's a != a is true for it with SSE2 and false with AVX.
using Mask = xsimd::batch_bool<float, Architecture>;

/// Half as many lanes, where that may be cheaper: machines that split 512-bit multiply-adds in two
/// do twice as many of 256 bits, which have 32 registers too. Elsewhere the full vector.
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__FMA__)
#define CONVEXPR_HALF_VECTOR
using HalfVector = xsimd::batch<float, xsimd::fma3<xsimd::avx2>>;
#else
using HalfVector = Vector;
#endif
inline constexpr bool has_half_vector = !std::same_as<HalfVector, Vector>;

/// Floats in one vector.
inline constexpr int lanes = static_cast<int>(Vector::size);
/// Bytes to which every buffer of vectors is aligned: a cache line holds at least one vector.
inline constexpr std::size_t alignment = 64;
/// Vector registers of the instruction set: what a kernel's tile may spend.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int registers = 32;
#else
inline constexpr int registers = 16;
#endif

inline Vector load(const float* p) { return Vector::load_aligned(p); }
inline Vector load_unaligned(const float* p) { return Vector::load_unaligned(p); }
inline void store(float* p, Vector v) { v.store_aligned(p); }
inline void store_unaligned(float* p, Vector v) { v.store_unaligned(p); }
inline Vector broadcast(float v) { return Vector(v); }
inline Vector zero() { return Vector(0.0F); }

/// `load` and `broadcast` for either width.
template <class V>
V load_as(const float* p) {
  return V::load_aligned(p);
}
template <class V>
V broadcast_as(float v) {
  return V(v);
}
/// All lanes: those that `v` has, and zeros.
inline Vector widen(Vector v) { return v; }
#if defined(CONVEXPR_HALF_VECTOR)
inline Vector widen(HalfVector v) { return Vector(_mm512_zextps256_ps512(v)); }
#endif

namespace detail {
alignas(alignment) inline constexpr float lane_numbers[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                              8, 9, 10, 11, 12, 13, 14, 15};
}
static_assert(lanes <= 16, "detail::lane_numbers counts to the widest vector");

/// True in the first `count` lanes: none for count <= 0, all from `lanes` on.
inline Mask first_lanes(int count) {
  return load(detail::lane_numbers) < broadcast(static_cast<float>(count));
}

/// a * b + c, in one instruction where the machine has it.
///
/// xsimd 8.1 multiplies and adds for AVX-512, and leaves it to the compiler to join the two, which
/// Clang does not.
inline Vector fma(Vector a, Vector b, Vector c) {
#if defined(__AVX512F__)
  return Vector(_mm512_fmadd_ps(a, b, c));
#else
  return xsimd::fma(a, b, c);
#endif
}
#if defined(CONVEXPR_HALF_VECTOR)
inline HalfVector fma(HalfVector a, HalfVector b, HalfVector c) { return xsimd::fma(a, b, c); }
#endif
// Where either operand is NaN, max and min give the second one on x86 and NaN on ARM: a NaN in `b`
// is always seen, one in `a` is not.
inline Vector max(Vector a, Vector b) { return xsimd::max(a, b); }
inline Vector min(Vector a, Vector b) { return xsimd::min(a, b); }
inline Vector sqrt(Vector a) { return xsimd::sqrt(a); }
/// Whether `inverse_sqrt` is faster than a square root and a division.
#if defined(__AVX512F__)
inline constexpr bool has_fast_inverse_sqrt = true;
#else
inline constexpr bool has_fast_inverse_sqrt = false;
#endif
/// 1 / sqrt(a) within 2 ulp for normal positive numbers. With AVX-512, whose square roots and divisions
/// take 20 cycles each, an estimate of 14 bits and one step of Newton's method.
inline Vector inverse_sqrt(Vector a) {
#if defined(__AVX512F__)
  const Vector r(_mm512_rsqrt14_ps(a));
  const Vector error = fma(broadcast(-0.5F) * a * r, r, broadcast(0.5F));
  return fma(r, error, r);
#else
  return broadcast(1.0F) / sqrt(a);
#endif
}
/// Within 2 ulp from -87.3 to 88.3; 0 below, infinity above. With AVX-512 2^n e^r, where n is a log2(e)
/// to the next whole number, and e^r a polynomial that meets it at Chebyshev's points for |r| <= ln(2)/2:
/// half as many instructions as elsewhere.
inline Vector exp(Vector a) {
#if defined(__AVX512F__)
  const Vector x = min(broadcast(89.0F), a);  // NaN passes
  const Vector n(_mm512_roundscale_ps(x * broadcast(0x1.715476p+0F), _MM_FROUND_TO_NEAREST_INT));
  const Vector high = fma(n, broadcast(-0x1.62e430p-1F), x);
  const Vector r = fma(n, broadcast(0x1.05c610p-29F), high);  // the rest of ln(2)
  Vector p = fma(broadcast(0x1.6d110ap-10F), r, broadcast(0x1.120b6ep-7F));
  p = fma(p, r, broadcast(0x1.55551ap-5F));
  p = fma(p, r, broadcast(0x1.5554dcp-3F));
  p = fma(p, r, broadcast(0.5F));
  p = fma(p, r, broadcast(1.0F));
  p = fma(p, r, broadcast(1.0F));
  const __mmask16 seen = _mm512_cmp_ps_mask(x, broadcast(-87.34F), _CMP_NLT_UQ);
  return Vector(_mm512_maskz_scalef_ps(seen, p, n));
#else
  return xsimd::exp(a);
#endif
}
inline Vector log(Vector a) { return xsimd::log(a); }
/// exp(a) - 1 without cancellation: within 2 ulp up to 88.3, and exactly -1 at the lower end.
inline Vector expm1(Vector a) { return xsimd::expm1(a); }
/// log(1 + a) without cancellation: within 1 ulp from -0.9 on.
inline Vector log1p(Vector a) { return xsimd::log1p(a); }
/// Within 1.5 ulp, and exactly -1 or 1 at the ends.
inline Vector tanh(Vector a) { return xsimd::tanh(a); }
/// Within 2.5 ulp, and exactly -1 or 1 at the ends.
inline Vector erf(Vector a) { return xsimd::erf(a); }
inline Vector abs(Vector a) { return xsimd::abs(a); }
inline Vector pow(Vector a, Vector b) { return xsimd::pow(a, b); }
inline Vector select(Mask m, Vector yes, Vector no) { return xsimd::select(m, yes, no); }
/// a + b in the lanes of `m`, a elsewhere.
inline Vector add_where(Mask m, Vector a, Vector b) {
#if defined(__AVX512F__)
  return Vector(_mm512_mask_add_ps(a, m, a, b));
#else
  return a + select(m, b, zero());
#endif
}
/// The largest lane, of lanes that are not NaN.
inline float largest(Vector a) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps(a);
#elif defined(__SSE2__)
#if defined(__AVX__)
  __m128 best = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
#else
  __m128 best = a;
#endif
  best = _mm_max_ps(best, _mm_movehl_ps(best, best));
  return _mm_cvtss_f32(_mm_max_ss(best, _mm_shuffle_ps(best, best, 1)));
#else
  alignas(alignment) float values[lanes];
  store(values, a);
  float best = values[0];
  for (int l = 1; l < lanes; ++l) best = values[l] > best ? values[l] : best;
  return best;
#endif
}
/// The sum of the lanes.
inline float sum(Vector a) {
#if XSIMD_VERSION_MAJOR < 9
  return xsimd::hadd(a);
#else
  return xsimd::reduce_add(a);
#endif
}

}  // namespace convexpr::simd
