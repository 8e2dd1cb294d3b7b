// Long sums of floats that do not lose their digits.
#pragma once

#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::expr {

/// Vectors that are summed in float, in `Width` registers side by side.
template <int Width>
struct Block {
  static_assert(Width == 1 || Width == 4);
  /// Elements after which the block is to be emptied into a BlockSum.
  static constexpr std::size_t most = std::size_t{16} * Width * simd::lanes;

  simd::Vector part[Width];

  CONVEXPR_INLINE Block() {
    CONVEXPR_UNROLL
    for (int i = 0; i < Width; ++i) part[i] = simd::zero();
  }
  template <int Slot>
  CONVEXPR_INLINE void add(simd::Vector v) {
    part[Slot] += v;
  }
  /// The first lanes of a vector.
  CONVEXPR_INLINE void add_first(simd::Vector v, int size) {
    part[0] += simd::select(simd::first_lanes(size), v, simd::zero());
  }
  CONVEXPR_INLINE simd::Vector sum() const {
    if constexpr (Width == 1) {
      return part[0];
    } else {
      return (part[0] + part[1]) + (part[2] + part[3]);
    }
  }
};

/// A sum of blocks, lane by lane in double.
///
/// Accuracy   each value passes at most 21 additions in float, the others are in double: within
///            1.3e-6 of the sum of all absolute values
class BlockSum {
 public:
  void add(simd::Vector block) {
    alignas(simd::alignment) float values[simd::lanes];
    simd::store(values, block);
    for (int l = 0; l < simd::lanes; ++l) lanes_[l] += double{values[l]};
  }
  void clear() {
    for (double& lane : lanes_) lane = 0;
  }

  double lane(int l) const { return lanes_[l]; }
  double total() const {
    double total = 0;
    for (const double lane : lanes_) total += lane;
    return total;
  }

 private:
  double lanes_[simd::lanes]{};
};

}  // namespace convexpr::expr
