// Several output channels to each input channel: the lanes of a vector, each `multiplier` times.
//
// With a multiplier of m, output channel o belongs to input channel o / m. A block of output
// channels reads one block of input channels alone, since m blocks of the ones belong to one of the
// others.
#pragma once

#include <algorithm>
#include <convexpr/kernels/tap_sums.hpp>
#include <convexpr/simd/permute.hpp>

namespace convexpr::kernels::detail {

// Kept out of their callers, in which GCC 12 at -O3 runs out of registers for their loops.

/// Writes rows `first` to `last` - 1, columns `from` to `to` - 1 of x as block `ob` of the output
/// channels reads them, row by row without gaps.
[[gnu::noinline]] inline void copy_lanes(const BlockRows<const float>& x, int ob, int multiplier,
                                         Extent2 first, Extent2 last, float* out) {
  simd::LaneNumbers numbers;
  for (int l = 0; l < simd::lanes; ++l) {
    numbers.of[l] = (ob % multiplier * simd::lanes + l) / multiplier;
  }
  for (int i = first.h; i < last.h; ++i) {
    const float* in = x.row(i) + std::ptrdiff_t{first.w} * simd::lanes;
    for (int j = first.w; j < last.w; ++j, in += simd::lanes, out += simd::lanes) {
      simd::store(out, simd::permute(in, numbers));
    }
  }
}

/// The adjoint: adds to `rows` rows of dx what block `ob` of the output channels gives them.
///
///     dx[c] += sum over the channels o of the block with o / m == c of part[o]
[[gnu::noinline]] inline void add_copies(const float* part, int ob, int multiplier,
                                         const BlockRows<float>& dx, int first, int last,
                                         int width) {
  const int before = ob % multiplier * simd::lanes;
  for (int k = 0; k < multiplier; ++k) {  // lane l gets its copy number k, if the block has it
    simd::LaneNumbers numbers;
    alignas(simd::alignment) float has[simd::lanes];
    bool any = false;
    for (int l = 0; l < simd::lanes; ++l) {
      const int lane = l * multiplier + k - before;
      const bool inside = lane >= 0 && lane < simd::lanes;
      numbers.of[l] = inside ? lane : 0;
      has[l] = inside ? 1.0F : 0.0F;
      any = any || inside;
    }
    if (!any) continue;
    const simd::Mask mask = simd::load(has) > simd::zero();
    const float* in = part;
    for (int i = first; i < last; ++i) {
      float* to = dx.row(i);
      for (int j = 0; j < width; ++j, in += simd::lanes, to += simd::lanes) {
        const simd::Vector copies = simd::permute(in, numbers);
        simd::store(to, simd::load(to) + simd::select(mask, copies, simd::zero()));
      }
    }
  }
}

}  // namespace convexpr::kernels::detail
