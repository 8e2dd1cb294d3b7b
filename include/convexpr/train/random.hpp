// Random numbers that are the same bit for bit with every compiler and every instruction set.
//
// No logarithm and no sine, whose last bits differ between libraries, and no sum of rounded
// products, which a compiler may contract: integers are compared, and each result is rounded once.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>

namespace convexpr::detail {

using RandomBits = boost::random::mt19937_64;

/// A number from [-1, 1), a multiple of 2^-52.
inline double draw_uniform(RandomBits& bits) {
  constexpr std::int64_t half = std::int64_t{1} << 52;
  return static_cast<double>(static_cast<std::int64_t>(bits() >> 11) - half) * 0x1p-52;
}

/// True with probability exp(-p), where p = start/2^64; exp(-p^2/2) if `squared`.
///
/// Uniform numbers fall from `start` as long as they can. A fall is n long or longer with
/// probability p^n/n!, and so of even length with probability exp(-p); `squared` lets each number
/// stop it unless another chance, p/2, comes true.
///
/// Source     J. von Neumann, "Various techniques used in connection with random digits", 1951
inline bool falls_evenly(RandomBits& bits, std::uint64_t start, bool squared = false) {
  std::uint64_t last = start;
  for (bool even = true;; even = !even) {
    const std::uint64_t next = bits();
    if (next >= last || (squared && bits() >= start / 2)) return even;
    last = next;
  }
}

/// A number from the normal distribution with mean 0 and variance 1.
///
/// A whole part k and a fraction x are drawn and kept with probability exp(-(k + x)^2 / 2), put
/// together from factors exp(-1/2), exp(-x) and exp(-x^2/2).
///
/// Cost       about 17 random integers
/// Source     C. F. F. Karney, "Sampling exactly from the normal distribution", ACM Transactions on
///            Mathematical Software 42, 2016
inline double draw_normal(RandomBits& bits) {
  constexpr std::uint64_t half = std::uint64_t{1} << 63;
  for (;;) {
    int k = 0;
    while (falls_evenly(bits, half)) ++k;
    bool kept = true;
    for (int i = 0; kept && i < k * (k - 1); ++i) kept = falls_evenly(bits, half);
    if (!kept) continue;
    const std::uint64_t x = bits();
    for (int i = 0; kept && i < k; ++i) kept = falls_evenly(bits, x);
    if (!kept || !falls_evenly(bits, x, true)) continue;
    const double size = k + static_cast<double>(x >> 11) * 0x1p-53;
    return bits() >= half ? -size : size;
  }
}

}  // namespace convexpr::detail
