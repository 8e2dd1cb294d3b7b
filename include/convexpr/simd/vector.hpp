// The vector type that every kernel computes with, and what can be done with one.
//
// This room alone names xsimd. `lanes` follows the instruction set that the translation unit is
// compiled for: 16 with AVX-512, 8 with AVX, 4 with SSE2 and NEON.
#pragma once

#include <cstddef>
#include <xsimd/xsimd.hpp>

namespace convexpr::simd {

// xsimd 8.1 does not compile select on 32-bit integers, and with it exp and log, for its AVX-512 BW
// architecture; nothing here needs more than AVX-512 F.
#if defined(__AVX512F__)
using Architecture = xsimd::avx512f;
#else
using Architecture = xsimd::default_arch;
#endif

using Vector = xsimd::batch<float, Architecture>;
using Mask = xsimd::batch_bool<float, Architecture>;

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

/// a * b + c, in one instruction where the machine has it.
inline Vector fma(Vector a, Vector b, Vector c) { return xsimd::fma(a, b, c); }
inline Vector max(Vector a, Vector b) { return xsimd::max(a, b); }
inline Vector min(Vector a, Vector b) { return xsimd::min(a, b); }
inline Vector sqrt(Vector a) { return xsimd::sqrt(a); }
inline Vector exp(Vector a) { return xsimd::exp(a); }
inline Vector log(Vector a) { return xsimd::log(a); }
inline Vector tanh(Vector a) { return xsimd::tanh(a); }
inline Vector pow(Vector a, Vector b) { return xsimd::pow(a, b); }
inline Vector select(Mask m, Vector yes, Vector no) { return xsimd::select(m, yes, no); }
inline float sum(Vector a) {
#if XSIMD_VERSION_MAJOR < 9
  return xsimd::hadd(a);
#else
  return xsimd::reduce_add(a);
#endif
}

}  // namespace convexpr::simd
