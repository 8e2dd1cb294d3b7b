// The elementwise sum of several feature maps, with the function that follows it.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/vector.hpp>
#include <span>

namespace convexpr::kernels {

/// Sums feature maps and applies an elementwise function.
///
///     y = F(parts[0] + parts[1] + ...)
///
/// Shapes     parts, y: blocked, of one shape; y may be any of the parts, or what F reads
/// Parameters F: a function of expr/function.hpp, or an Epilogue with what it reads
/// Accuracy   added in order, in float
/// Requires   at least one part
template <class F, class Operands = NoOperands>
void sum(std::span<const ConstMaps> parts, const Maps& y, const Operands& operands = {}) {
  // Pieces of a row are summed on the stack: y is written when no part needs that piece any more.
  constexpr int piece = 16 * simd::lanes;
  alignas(simd::alignment) float total[piece];
  const int row = y.width * simd::lanes;
  for (int n = 0; n < y.examples; ++n) {
    for (int b = 0; b < blocks(y.channels, simd::lanes); ++b) {
      const simd::Mask inside = simd::first_lanes(y.channels - b * simd::lanes);
      for (int i = 0; i < y.height; ++i) {
        const auto read = operands.at_example(n).at_block(b).at_row(i);
        for (int begin = 0; begin < row; begin += piece) {
          const int size = std::min(piece, row - begin);
          std::copy_n(row_of(parts[0], n, b, i) + begin, size, total);
          for (const ConstMaps& part : parts.subspan(1)) {
            const float* const in = row_of(part, n, b, i) + begin;
            for (int j = 0; j < size; j += simd::lanes) {
              simd::store(total + j, simd::load(total + j) + simd::load(in + j));
            }
          }
          float* const out = row_of(y, n, b, i) + begin;
          const int first = begin / simd::lanes;
          for (int j = 0; j < size / simd::lanes; ++j) {
            const std::ptrdiff_t at = std::ptrdiff_t{j} * simd::lanes;
            simd::store(out + at,
                        detail::applied_inside<F>(read, simd::load(total + at), first + j, inside));
          }
        }
      }
    }
  }
}

}  // namespace convexpr::kernels
