// The adjoint of a convolution's input: every pixel collects what it gave to the output.
//
// Columns that are a multiple of the stride apart meet the same taps, so a tile is a run of such
// columns in one row. Where a tap of a tile falls outside the output, the tile reads zeros instead;
// where it falls outside for the whole tile, or between two outputs, the tap is left out. The
// weights are turned round once a call (conv2d_turned_weights.hpp), so that a vector holds input
// channels; where there are too few channels for that, as those of a planar input, sums run over
// vectors of output channels instead. 1x1 weights have a kernel of their own:
// conv2d_backward_pointwise.hpp. A transposed convolution is this adjoint, with a bias and a function
// behind it: conv_transpose2d.hpp.
#pragma once

#include <algorithm>
#include <concepts>
#include <convexpr/kernels/conv2d_turned_weights.hpp>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/adjoint.hpp>
#include <convexpr/simd/partial.hpp>
#include <convexpr/simd/sums.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

namespace detail {

alignas(simd::alignment) inline constexpr float zero_pixel[simd::lanes] = {};

/// Pixels `column` to `column + Count - 1` of a row, zeros where there is none.
template <int Count>
struct RowPixels {
  const float* at[Count];

  CONVEXPR_INLINE RowPixels(const float* row, int width, int column) {
    CONVEXPR_UNROLL
    for (int p = 0; p < Count; ++p) {
      const int q = column + p;
      at[p] = q >= 0 && q < width ? row + std::ptrdiff_t{q} * simd::lanes : zero_pixel;
    }
  }
};

/// Takes the place of an input pixel to that of the output, if it has one.
CONVEXPR_INLINE bool divide_by_stride(int& place, int stride) {
  if (stride == 1) return true;  // without the 20 cycles of a division
  if (place % stride != 0) return false;
  place /= stride;
  return true;
}

/// Calls f(u, v, r, q) for every tap (u, v) that takes input pixel (i, j) to row r and column q of
/// the output; the column may lie outside by less than `count` pixels.
template <class F>
CONVEXPR_INLINE void for_each_tap(const Window& w, const ConstMaps& dy, int i, int j, int count,
                                  F f) {
  for (int u = 0; u < w.kernel.h; ++u) {
    int r = i + w.padding.top - u * w.dilation.h;
    if (r < 0 || !divide_by_stride(r, w.stride.h) || r >= dy.height) continue;
    for (int v = 0; v < w.kernel.w; ++v) {
      int q = j + w.padding.left - v * w.dilation.w;
      if (divide_by_stride(q, w.stride.w) && q + count > 0 && q < dy.width) f(u, v, r, q);
    }
  }
}

/// Pixels of a tile for one block of channels: divides the images of this field.
inline constexpr int pixels_alone = 7;

/// What the tiles of one block of channels have in common.
struct BackwardDataTask {
  const ConvGeometry& g;
  const ConstMaps& dy;
  const Maps& dx;
  const float* weights;
  std::ptrdiff_t weight_stride;  // from one block to the next
  int channel;                   // the first that the tiles compute
  ChannelRange outputs;          // that read them
  const float* bias = nullptr;   // of those channels, where there is one
};

/// Pixels x Blocks vectors of input channels: the pixels (i, j), (i, j + stride) ... of example n,
/// of which the first `count` are stored.
template <int Pixels, int Blocks>
struct BlockedTile {
  static constexpr int pixels = Pixels;
  static constexpr int blocks_of_channels = Blocks;

  static void run(const BackwardDataTask& t, int n, int i, int j, int count) {
    const ConvGeometry& g = t.g;
    const ChannelRange obs = blocks_of(t.outputs);
    const std::ptrdiff_t tap_stride = std::ptrdiff_t{obs.size()} * simd::lanes * simd::lanes;
    simd::Vector sums[Pixels * Blocks];
    CONVEXPR_UNROLL
    for (int k = 0; k < Pixels * Blocks; ++k) {
      sums[k] = t.bias != nullptr ? simd::load(t.bias + k % Blocks * simd::lanes) : simd::zero();
    }
    for_each_tap(g.window, t.dy, i, j, count,
                 [&](int u, int v, int r, int q) __attribute__((always_inline)) {
                   const float* w =
                       t.weights + (std::ptrdiff_t{u} * g.window.kernel.w + v) * tap_stride;
                   for (int ob = obs.first; ob < obs.last; ++ob, w += simd::lanes * simd::lanes) {
                     const RowPixels<Pixels> dy(t.dy.data + n * t.dy.example_stride +
                                                    ob * t.dy.block_stride + r * t.dy.row_stride,
                                                t.dy.width, q);
                     const int first = std::max(t.outputs.first - ob * simd::lanes, 0);
                     const int last = std::min(t.outputs.last - ob * simd::lanes, simd::lanes);
                     for (int o = first; o < last; ++o) {
                       simd::Vector row[Blocks];
                       CONVEXPR_UNROLL
                       for (int b = 0; b < Blocks; ++b) {
                         row[b] = simd::load(w + b * t.weight_stride + o * simd::lanes);
                       }
                       CONVEXPR_UNROLL
                       for (int p = 0; p < Pixels; ++p) {
                         const simd::Vector d = simd::broadcast(dy.at[p][o]);
                         CONVEXPR_UNROLL
                         for (int b = 0; b < Blocks; ++b) {
                           sums[p * Blocks + b] = simd::fma(d, row[b], sums[p * Blocks + b]);
                         }
                       }
                     }
                   }
                 });
    float* to = t.dx.data + n * t.dx.example_stride + t.channel / simd::lanes * t.dx.block_stride +
                i * t.dx.row_stride;
    CONVEXPR_UNROLL
    for (int k = 0; k < Pixels * Blocks; ++k) {
      const int p = k / Blocks;
      const std::ptrdiff_t column = (j + std::ptrdiff_t{p} * g.window.stride.w) * simd::lanes;
      if (p < count) simd::store(to + k % Blocks * t.dx.block_stride + column, sums[k]);
    }
  }
};

/// Pixels x Channels floats of an input of few channels, each the sum of a vector over output channels.
template <int Pixels, int Channels>
struct FewChannelsTile {
  static constexpr int pixels = Pixels;
  static constexpr int blocks_of_channels = 1;

  static void run(const BackwardDataTask& t, int n, int i, int j, int count) {
    const ConvGeometry& g = t.g;
    const bool planar = g.interleave == 1;
    const int taps = g.window.kernel.h * g.window.kernel.w;
    const std::ptrdiff_t w_tap = std::ptrdiff_t{planar ? 1 : g.in_channels} * simd::lanes;
    const std::ptrdiff_t w_channel = std::ptrdiff_t{planar ? taps : 1} * simd::lanes;
    const ChannelRange obs = blocks_of(t.outputs);
    simd::Vector sums[Pixels * Channels];
    CONVEXPR_UNROLL
    for (int k = 0; k < Pixels * Channels; ++k) sums[k] = simd::zero();
    for (int ob = obs.first; ob < obs.last; ++ob) {
      const float* w0 = t.weights + ob * t.weight_stride + packed_offset(g, ob, t.channel, 0, 0);
      const float* dy0 = t.dy.data + n * t.dy.example_stride + ob * t.dy.block_stride;
      for_each_tap(g.window, t.dy, i, j, count,
                   [&](int u, int v, int r, int q) __attribute__((always_inline)) {
                     const RowPixels<Pixels> dy(dy0 + r * t.dy.row_stride, t.dy.width, q);
                     const float* w = w0 + (u * g.window.kernel.w + v) * w_tap;
                     simd::Vector row[Channels];
                     CONVEXPR_UNROLL
                     for (int c = 0; c < Channels; ++c) row[c] = simd::load(w + c * w_channel);
                     CONVEXPR_UNROLL
                     for (int p = 0; p < Pixels; ++p) {
                       const simd::Vector d = simd::load(dy.at[p]);
                       CONVEXPR_UNROLL
                       for (int c = 0; c < Channels; ++c) {
                         sums[p * Channels + c] = simd::fma(d, row[c], sums[p * Channels + c]);
                       }
                     }
                   });
    }
    const std::ptrdiff_t pixel = std::ptrdiff_t{g.window.stride.w} * g.interleave;
    float* to = t.dx.data + n * t.dx.example_stride + i * t.dx.row_stride +
                std::ptrdiff_t{j} * g.interleave;
    CONVEXPR_UNROLL
    for (int p = 0; p < Pixels; ++p, to += pixel) {
      if (p >= count) return;
      const simd::Vector values = simd::sums<Channels>(sums + p * Channels);
      if (!planar) {
        simd::store_first(to + t.channel, values, Channels);
        continue;
      }
      alignas(simd::alignment) float of_channel[simd::lanes];
      simd::store(of_channel, values);
      for (int c = 0; c < Channels; ++c) to[(t.channel + c) * t.dx.block_stride] = of_channel[c];
    }
  }
};

/// Applies F to what the tiles of one row have stored: so tiles are compiled once for all functions.
template <class F, class Operands>
void finish_row(const BackwardDataTask& t, int n, int i, int count, const Operands& operands) {
  for (int b = 0; b < count; ++b) {
    const int channel = t.channel + b * simd::lanes;
    apply_to_row<F>(row_of(t.dx, n, channel / simd::lanes, i), t.dx.width,
                    simd::first_lanes(t.dx.channels - channel), operands.at_block(b));
  }
}

/// All pixels of all examples: wide tiles, and narrow ones where those hold what is left of a row.
template <class Wide, class Narrow, class F = expr::Identity, class Operands = NoOperands>
void run_tiles(const BackwardDataTask& t, const Operands& operands = {}) {
  constexpr int wide = Wide::pixels;
  constexpr int narrow = Narrow::pixels;
  const int stride = t.g.window.stride.w;
  for (int n = 0; n < t.dx.examples; ++n) {
    for (int i = 0; i < t.dx.height; ++i) {
      for (int phase = 0; phase < std::min(stride, t.dx.width); ++phase) {
        int j = phase;
        int left = (t.dx.width - phase + stride - 1) / stride;
        while (left > 0) {
          const bool fits = left <= narrow || (left > wide && left <= 2 * narrow);
          const int count = std::min(left, fits ? narrow : wide);
          fits ? Narrow::run(t, n, i, j, count) : Wide::run(t, n, i, j, count);
          j += count * stride;
          left -= count;
        }
      }
      if constexpr (!std::same_as<F, expr::Identity>) {
        finish_row<F>(t, n, i, Wide::blocks_of_channels, operands.at_example(n).at_row(i));
      }
    }
  }
}

/// All blocks of input channels, from turned weights, each starting from its bias and ending with F.
template <class F, class Operands>
void blocked_backward_data(const ConstMaps& dy, const float* turned, const float* bias,
                           const Maps& dx, const ConvGeometry& g, const Operands& operands) {
  constexpr int paired = simd::registers == 32 ? 7 : 6;
  const std::ptrdiff_t stride = turned_block_stride(g);
  const int in_blocks = blocks(g.in_channels, simd::lanes);
  for (int ib = 0; ib < in_blocks;) {
    const int count = g.groups == 1 && ib + 2 <= in_blocks ? 2 : 1;
    const BackwardDataTask task{
        g,
        dy,
        dx,
        turned + ib * stride,
        stride,
        ib * simd::lanes,
        outputs_of_channels(g, channels_in_block(g, ib)),
        bias == nullptr ? nullptr : bias + std::ptrdiff_t{ib} * simd::lanes};
    if (count == 2) {
      run_tiles<BlockedTile<paired, 2>, BlockedTile<4, 2>, F>(task, operands.at_block(ib));
    } else {
      run_tiles<BlockedTile<pixels_alone, 1>, BlockedTile<4, 1>, F>(task, operands.at_block(ib));
    }
    ib += count;
  }
}

/// Zeros for all pixels of an example.
inline void clear_rows(const Maps& m, int example) {
  for (int b = 0; b < blocks(m.channels, simd::lanes); ++b) {
    for (int i = 0; i < m.height; ++i) {
      std::fill_n(row_of(m, example, b, i), std::ptrdiff_t{m.width} * simd::lanes, 0.0F);
    }
  }
}

/// F of all pixels of an example, in place.
template <class F, class Operands>
void apply_to_rows(const Maps& m, int example, const Operands& operands) {
  if constexpr (!std::same_as<F, expr::Identity>) {
    for (int b = 0; b < blocks(m.channels, simd::lanes); ++b) {
      const simd::Mask inside = simd::first_lanes(m.channels - b * simd::lanes);
      const Operands seen = operands.at_example(example).at_block(b);
      for (int i = 0; i < m.height; ++i) {
        apply_to_row<F>(row_of(m, example, b, i), m.width, inside, seen.at_row(i));
      }
    }
  }
}

/// All channels of an input that has few, from weights as they are packed.
inline void few_channels_backward_data(const ConstMaps& dy, const float* packed, const Maps& dx,
                                       const ConvGeometry& g) {
  constexpr int many =
      simd::registers == 32 ? 6 : 3;  // four pixels of them, and weights, in registers
  for (int c = 0; c < g.in_channels;) {
    const int left = g.groups == 1 ? g.in_channels - c : 1;
    const int channels = left >= many ? many : left >= 3 ? 3 : 1;
    const BackwardDataTask task{
        g, dy, dx, packed, packed_block_stride(g), c, outputs_of_channels(g, {c, c + channels})};
    if (channels == many) {
      run_tiles<FewChannelsTile<4, many>, FewChannelsTile<4, many>>(task);
    } else if (channels == 3) {
      run_tiles<FewChannelsTile<4, 3>, FewChannelsTile<4, 3>>(task);
    } else {
      run_tiles<FewChannelsTile<pixels_alone, 1>, FewChannelsTile<pixels_alone, 1>>(task);
    }
    c += channels;
  }
}

/// The same, with zeros in the lanes that hold no channel, and F of all.
template <class F, class Operands>
void few_channels_in_block_backward_data(const ConstMaps& dy, const float* packed, const Maps& dx,
                                         const ConvGeometry& g, const Operands& operands) {
  for (int n = 0; n < dx.examples; ++n) clear_rows(dx, n);
  few_channels_backward_data(dy, packed, dx, g);
  for (int n = 0; n < dx.examples; ++n) apply_to_rows<F>(dx, n, operands);
}

}  // namespace detail

/// Whether the adjoint of a convolution's input sums over vectors of output channels, as its input has
/// few: it then takes fewer multiply-adds, though every sum needs its lanes summed up.
constexpr bool has_few_channels(const ConvGeometry& g) {
  const int taps = g.window.kernel.h * g.window.kernel.w;
  return g.interleave == 1 ||
         (g.groups == 1 &&
          window::sums_over_outputs(g.in_channels, g.out_channels, taps, simd::lanes));
}

/// Floats of scratch that conv2d_backward_data needs: the weights once more, or none for an input of
/// few channels.
constexpr std::size_t conv2d_backward_data_scratch(const ConvGeometry& g) {
  return has_few_channels(g) ? 0 : turned_size(g);
}

/// The adjoint of a convolution's input, then an elementwise function.
///
///     dx[c,i,j] = f(sum over o,u,v of w[o,c,u,v] * dy[o, (i + p - u*d) / s, (j + p - v*d) / s]),
///                 over the taps whose quotients are whole and inside dy
///
/// Shapes     dy: O x H' x W', blocked, without need of a border    w: packed for g
///            dx: C x H x W, blocked, or planar where g.interleave is 1
/// Cost       O*(C/g)*kh*kw*H'*W' multiply-accumulates, and C rounded up to whole vectors
/// Parameters F: a function of expr/function.hpp, or an Epilogue with what it reads; for a planar
///            dx none but Identity
/// Accuracy   error up to O/g*kh*kw * 2^-24 * sum |w dy| before f
/// Requires   lanes of dy past O zero; dx apart from what F reads; scratch aligned, of
///            conv2d_backward_data_scratch(g) floats
/// Ensures    the interior of dx is overwritten, its border is not touched
template <class F = expr::Identity, class Operands = NoOperands>
void conv2d_backward_data(const ConstMaps& dy, const float* packed, const Maps& dx,
                          const ConvGeometry& g, float* scratch, const Operands& operands = {}) {
  using namespace detail;
  if (g.interleave == 1) return few_channels_backward_data(dy, packed, dx, g);
  if (has_few_channels(g)) {
    return few_channels_in_block_backward_data<F>(dy, packed, dx, g, operands);
  }
  turn_weights(g, packed, scratch);
  blocked_backward_data<F>(dy, scratch, nullptr, dx, g, operands);
}

}  // namespace convexpr::kernels
