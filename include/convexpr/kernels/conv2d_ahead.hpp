// What a tile of a direct convolution will want, asked for while it multiplies: the second and third
// level answer in time, and the tile does not wait.
#pragma once

#include <algorithm>
#include <convexpr/kernels/conv2d_tile.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/simd/prefetch.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <cstdint>

namespace convexpr::kernels::detail {

/// Asks for the pixels of a tile's next block of channels, of each of two rows one or two with each
/// channel of this block: 1x1 weights need them soon, and all at once.
template <ConvTile Tile, int Step>
class NextBlock {
 public:
  CONVEXPR_INLINE NextBlock(const float* x, std::ptrdiff_t block, std::ptrdiff_t pixel_row)
      : at_(reinterpret_cast<std::uintptr_t>(x) +
            static_cast<std::uintptr_t>(block) * sizeof(float)),
        row_(static_cast<std::uintptr_t>(pixel_row) * sizeof(float)) {}

  CONVEXPR_INLINE void prefetch() {
    constexpr int rows = std::min(Tile.rows, 2);
    constexpr int lines = (Tile.cols + simd::lanes - 1) / simd::lanes;  // of each
    CONVEXPR_UNROLL
    for (std::uintptr_t k = 0; k < rows * lines; ++k) {
      const std::uintptr_t place = k / lines * row_ + k % lines * simd::lanes * pixel;
      simd::prefetch(reinterpret_cast<const float*>(at_ + place));
    }
    at_ += pixel;
  }

 private:
  static constexpr std::uintptr_t pixel = Step * sizeof(float);
  std::uintptr_t at_;
  std::uintptr_t row_;
};

/// Asks for the weights that come behind those at `w`, a line of each block with each input channel.
template <ConvTile Tile>
CONVEXPR_INLINE void prefetch_next_weights(const float* w, std::ptrdiff_t w_block,
                                           std::ptrdiff_t w_next) {
  CONVEXPR_UNROLL
  for (int b = 0; b < Tile.blocks; ++b) simd::prefetch_later(w, b * w_block + w_next);
}

/// Asks for what the epilogue of a tile reads, some vectors with each block of input channels.
template <ConvTile Tile, class Operands>
class OperandsAhead {
 public:
  CONVEXPR_INLINE OperandsAhead(const Operands& operands, int in_blocks)
      : operands_(operands), each_((vectors + in_blocks - 1) / in_blocks) {}

  CONVEXPR_INLINE void prefetch() {
    for (int k = each_; k > 0 && block_ < Tile.blocks; --k) {
      operands_.prefetch(block_, row_, column_);
      if (++column_ < Tile.cols) continue;
      column_ = 0;
      if (++row_ < Tile.rows) continue;
      row_ = 0;
      ++block_;
    }
  }

 private:
  static constexpr int vectors = Tile.rows * Tile.cols * Tile.blocks;
  const Operands& operands_;
  int each_;
  int block_ = 0;
  int row_ = 0;
  int column_ = 0;
};

template <ConvTile Tile>
class OperandsAhead<Tile, NoOperands> {
 public:
  CONVEXPR_INLINE OperandsAhead(const NoOperands&, int) {}
  CONVEXPR_INLINE void prefetch() {}
};

}  // namespace convexpr::kernels::detail
