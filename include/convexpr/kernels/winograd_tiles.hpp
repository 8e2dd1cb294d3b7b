// The tiles of a batch of images for Winograd's filtering, and their values at its points.
#pragma once

#include <algorithm>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/winograd.hpp>
#include <convexpr/shape/extent.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// How the tiles of a batch, or some of them, are taken: `size` at a time, and what is left.
struct TileRuns {
  int down = 0;  // tiles of an image
  int across = 0;
  int size = 0;
  int count = 0;
  int first = 0;  // tile
  int last = 0;   // behind the last tile

  constexpr int tiles() const { return last - first; }
  /// The first tile of a run, and how many it has.
  constexpr int begin(int run) const { return first + run * size; }
  constexpr int taken(int run) const { return std::min(size, last - begin(run)); }
};

namespace detail {

// Planes of the points lie a line further apart than they need, lest they meet in the cache.
constexpr std::ptrdiff_t winograd_input_plane(int in_channels, int tiles) {
  return std::ptrdiff_t{blocks(in_channels, simd::lanes)} * tiles * simd::lanes + 16;
}

/// Where a tile stands: its first pixel, and how many of its rows and columns another tile has.
struct TilePlace {
  int example, row, column;
  int known_rows, known_columns;

  TilePlace(const TileRuns& runs, int outputs, int height, int width, int tile) {
    const int of_image = tile % (runs.down * runs.across);
    example = tile / (runs.down * runs.across);
    const int i = of_image / runs.across * outputs;
    const int j = of_image % runs.across * outputs;
    row = std::min(i, height - outputs);
    column = std::min(j, width - outputs);
    known_rows = i - row;
    known_columns = j - column;
  }
};

/// The values at the points of `count` tiles of `outputs` x `outputs` from `first` on, and of the last
/// again up to `size` of them: for each point a plane, for each block of channels the tiles.
template <int Points>
void transform_tiles(const ConstMaps& x, Extent2 padding, const TileRuns& runs, int outputs,
                     Extent2 out, int first, int count, int size, float* at_points) {
  const std::ptrdiff_t plane = winograd_input_plane(x.channels, size);
  const int in_blocks = blocks(x.channels, simd::lanes);
  for (int t = 0; t < size; ++t) {
    const TilePlace place(runs, outputs, out.h, out.w, first + std::min(t, count - 1));
    const float* from = x.data + place.example * x.example_stride +
                        (place.row - padding.h) * x.row_stride +
                        std::ptrdiff_t{place.column - padding.w} * simd::lanes;
    float* to = at_points + std::ptrdiff_t{t} * simd::lanes;
    for (int b = 0; b < in_blocks; ++b) {
      winograd_input_tile<Points>(from, x.row_stride, to, plane);
      from += x.block_stride;
      to += std::ptrdiff_t{size} * simd::lanes;
    }
  }
}

}  // namespace detail

}  // namespace convexpr::kernels
