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
  int example = 0, row = 0, column = 0;
  int known_rows = 0, known_columns = 0;

  TilePlace() = default;
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

/// Calls f(from, place, to) for the tiles of every block of channels: where the tile begins in x, and where
/// its value at the first point lies. There are `count` from `first` on, and the last again up to `size`.
/// Many tiles of one block follow each other, so that what is read and written lies side by side.
template <class F>
void for_each_tile(const ConstMaps& x, const TileRuns& runs, int outputs, Extent2 out, int first,
                   int count, int size, float* at_points, F f) {
  constexpr int together = 128;
  TilePlace places[together];
  for (int begin = 0; begin < size; begin += together) {
    const int tiles = std::min(together, size - begin);
    for (int t = 0; t < tiles; ++t) {
      places[t] = {runs, outputs, out.h, out.w, first + std::min(begin + t, count - 1)};
    }
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      const float* const block = x.data + b * x.block_stride;
      float* to = at_points + (std::ptrdiff_t{b} * size + begin) * simd::lanes;
      for (int t = 0; t < tiles; ++t, to += simd::lanes) {
        const TilePlace& p = places[t];
        f(block + p.example * x.example_stride + p.row * x.row_stride +
              std::ptrdiff_t{p.column} * simd::lanes,
          p, to);
      }
    }
  }
}

/// The values at the points of `count` tiles of `outputs` x `outputs` from `first` on, and of the last
/// again up to `size` of them: for each point a plane, for each block of channels the tiles.
template <int Points>
void transform_tiles(const ConstMaps& x, Extent2 padding, const TileRuns& runs, int outputs,
                     Extent2 out, int first, int count, int size, float* at_points) {
  const std::ptrdiff_t plane = winograd_input_plane(x.channels, size);
  const std::ptrdiff_t before = padding.h * x.row_stride + std::ptrdiff_t{padding.w} * simd::lanes;
  for_each_tile(x, runs, outputs, out, first, count, size, at_points,
                [&](const float* from, const TilePlace&, float* to) {
                  winograd_input_tile<Points>(from - before, x.row_stride, to, plane);
                });
}

}  // namespace detail

}  // namespace convexpr::kernels
