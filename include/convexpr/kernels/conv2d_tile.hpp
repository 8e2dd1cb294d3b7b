// How an output image is cut into the tiles whose sums a convolution keeps in registers.
//
// The choice is made while compiling, from the extents alone. Next: kernels/conv2d_direct.hpp,
// which computes the tiles.
#pragma once

#include <algorithm>

namespace convexpr::kernels {

/// Which smaller tiles an image needs where it is no multiple of a tile: each is code of its own.
struct TileRests {
  bool rows = true;     // tiles of one row less
  bool blocks = true;   // tiles of one block of output channels less
  bool singles = true;  // tiles of one block alone, as not all blocks read the same channels
  bool pixels = true;   // tiles of one pixel, as an image may be smaller than the tile

  friend constexpr bool operator==(const TileRests&, const TileRests&) = default;
};

/// Pixels and blocks of output channels that one run over the weights computes; one register each.
struct ConvTile {
  int rows = 1;
  int cols = 1;
  int blocks = 1;
  TileRests rests{};       // all, for any image
  bool pointwise = false;  // for 1x1 weights alone

  /// One of so many rows and blocks.
  constexpr ConvTile with(int its_rows, int its_blocks) const {
    return {its_rows, cols, its_blocks, rests, pointwise};
  }
  /// The registers alone.
  constexpr ConvTile alone() const { return {rows, cols, blocks, {}, pointwise}; }

  friend constexpr bool operator==(const ConvTile&, const ConvTile&) = default;
};

/// Where a piece of an axis starts, and how long it is.
struct Piece {
  int start = 0;
  int size = 0;
};

/// An axis cut into pieces of one size and, after them, of one less: 7 = 4 + 3. An extent that is
/// no such sum is covered by the smaller ones alone, and the last two overlap.
///
/// Requires   extent >= size - 1, size >= 1
class Cut {
 public:
  constexpr Cut(int extent, int size)
      : extent_(extent), size_(size), count_((extent + size - 1) / size) {
    if (count_ * (size - 1) <= extent) {
      larger_ = extent - count_ * (size - 1);
    } else {
      count_ = (extent + size - 2) / (size - 1);
    }
  }

  constexpr int extent() const { return extent_; }
  constexpr int count() const { return count_; }
  /// Whether no two pieces overlap.
  constexpr bool exact() const { return count_ * (size_ - 1) + larger_ == extent_; }
  /// How many pieces have the full size; they come first.
  constexpr int larger() const { return larger_; }
  constexpr Piece operator[](int i) const {
    if (i < larger_) return {i * size_, size_};
    const int start = larger_ * size_ + (i - larger_) * (size_ - 1);
    return {std::min(start, extent_ - (size_ - 1)), size_ - 1};
  }

 private:
  int extent_;
  int size_;
  int count_;
  int larger_ = 0;
};

namespace detail {

/// What one pass of a tile over one weight costs, in eighths of a multiply-add: the multiply-adds,
/// or the loads beside them, or the wait for the results of the last pass, whichever takes longest;
/// and a little for every instruction that is no multiply-add.
///
/// With 16 registers every pixel is loaded into one before it is multiplied; with 32 the
/// multiply-add itself reads it, unless several blocks share it.
constexpr long pass_cost(int pixels, int blocks, int registers) {
  const bool reads_itself = registers >= 32 && blocks == 1;
  int cost = 8;  // the latency of two units, four cycles each
  if (pixels * blocks > cost) cost = pixels * blocks;
  if (pixels + blocks > cost) cost = pixels + blocks;
  return 8 * cost + 2 * (reads_itself ? blocks : pixels + blocks) + 8;
}

constexpr bool tile_fits(int pixels, int blocks, int registers) {
  if (registers >= 32 && blocks == 1) return pixels <= 28;
  return pixels * blocks + blocks + 1 <= registers;
}

/// The passes of all tiles of an image together, over one weight of every block.
constexpr long image_cost(int height, int width, int out_blocks, ConvTile t, int registers) {
  const Cut rows(height, t.rows);
  const Cut groups(out_blocks, t.blocks);
  const auto tiles_of = [&](int tile_rows, int tile_blocks) {
    return pass_cost(tile_rows * t.cols, tile_blocks, registers);
  };
  const auto column_of = [&](int tile_blocks) {
    return rows.larger() * tiles_of(t.rows, tile_blocks) +
           (rows.count() - rows.larger()) * tiles_of(t.rows - 1, tile_blocks);
  };
  const long cost = groups.larger() * column_of(t.blocks) +
                    (groups.count() - groups.larger()) * column_of(t.blocks - 1);
  return cost * ((width + t.cols - 1) / t.cols);
}

}  // namespace detail

/// Windows of a pool that lie side by side: what becomes of a tile before it is stored.
struct TilePool {
  int rows = 1;
  int cols = 1;
  bool maximum = true;  // else the average

  friend constexpr bool operator==(const TilePool&, const TilePool&) = default;
};

/// Whether a tile holds whole windows wherever it stands in an image of that height.
constexpr bool holds_windows(ConvTile t, TilePool pool, int out_height) {
  return pool == TilePool{} ||
         (t.rows % pool.rows == 0 && t.cols % pool.cols == 0 && out_height % t.rows == 0);
}

/// The tile that computes an image of several blocks of channels with the least work.
///
/// Pixels that overlapping tiles compute twice count as work; of equals, the tile of fewest blocks
/// and rows is taken, which reads the longest runs of memory.
///
/// Parameters registers: of the instruction set, simd::registers
constexpr ConvTile choose_conv_tile(int out_height, int out_width, int out_blocks, int registers,
                                    TilePool pool = {}) {
  constexpr int most_blocks = 8;
  constexpr int most_rows = 6;  // each costs an address register
  ConvTile best{pool.rows, pool.cols, 1};
  long least = detail::image_cost(out_height, out_width, out_blocks, best, registers);
  for (int blocks = 1; blocks <= out_blocks && blocks <= most_blocks; ++blocks) {
    for (int rows = 1; rows <= out_height && rows <= most_rows; ++rows) {
      for (int cols = out_width < registers ? out_width : registers; cols > 0; --cols) {
        const int across = (out_width + cols - 1) / cols;
        cols = (out_width + across - 1) / across;  // the narrowest of which as many are needed
        const ConvTile t{rows, cols, blocks};
        if (!detail::tile_fits(rows * cols, blocks, registers) ||
            !holds_windows(t, pool, out_height)) {
          continue;
        }
        const long cost = detail::image_cost(out_height, out_width, out_blocks, t, registers);
        if (cost < least) {
          least = cost;
          best = t;
        }
      }
    }
  }
  return best;
}

/// A tile that choose_conv_tile chose, for images of these extents alone: without what none of them
/// needs.
///
/// Parameters out_blocks: of output channels that read the same input channels; `all_blocks`: whether
///            these are all there are
constexpr ConvTile without_rests(ConvTile t, int out_height, int out_blocks, bool all_blocks) {
  const Cut rows(out_height, t.rows);
  const Cut groups(out_blocks, t.blocks);
  t.rests = {.rows = rows.larger() < rows.count(),
             .blocks = !all_blocks || groups.larger() < groups.count(),
             .singles = !all_blocks,
             .pixels = false};
  return t;
}

}  // namespace convexpr::kernels
