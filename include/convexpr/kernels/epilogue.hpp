// The elementwise function at the end of a kernel: on the sums while they are in registers, or on a
// row that has just been stored.
//
// The functions are the types of expr/activation.hpp.
#pragma once

#include <convexpr/expr/activation.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels::detail {

// Short functions are applied to the registers; others, of which every register would need a copy
// of the code, by a loop over what was stored.
template <class Activation>
inline constexpr bool in_registers = expr::is_short<Activation>;

/// Applies F to `width` vectors in place; lanes that are not `inside` become zero.
template <class F>
void apply_to_row(float* row, int width, simd::Mask inside) {
  for (std::ptrdiff_t j = 0; j < std::ptrdiff_t{width} * simd::lanes; j += simd::lanes) {
    const simd::Vector value = F::value(simd::load(row + j));
    if constexpr (F::zero_at_zero) {
      simd::store(row + j, value);
    } else {
      simd::store(row + j, simd::select(inside, value, simd::zero()));
    }
  }
}

}  // namespace convexpr::kernels::detail
