// Depthwise convolution, forward and both adjoints: every output channel reads one input channel.
//
// A vector of lanes is a vector of channels, so nothing is gathered, turned round or padded with
// channels that do not meet; tap_sums.hpp has the loop. With several output channels to an input
// channel, a few rows of the input at a time are written with each lane as often as it is read
// (lane_copies.hpp), and the same loop runs over those. The weights lie as told in
// depthwise_weights.hpp.
#pragma once

#include <algorithm>
#include <convexpr/kernels/backward_bias.hpp>
#include <convexpr/kernels/depthwise_weights.hpp>
#include <convexpr/kernels/lane_copies.hpp>
#include <convexpr/kernels/tap_sums.hpp>
#include <convexpr/simd/step.hpp>

namespace convexpr::kernels {

namespace detail {

/// Floats of scratch that a few rows may take: what a second-level cache keeps beside the rest.
inline constexpr std::ptrdiff_t lane_copies_budget = 32 * 1024;

/// Rows of the output, and all columns, for which the rows of the input fit into the scratch.
struct Band {
  int rows;           // of the output
  Extent2 in_extent;  // of the input beneath them, with what they read of its border
};

constexpr Band band_of_outputs(const Window& w, Extent2 out) {
  const auto read = [](int outputs, int kernel, int stride, int dilation) {
    return (outputs - 1) * stride + window::covered(kernel, dilation);
  };
  const int columns = read(out.w, w.kernel.w, w.stride.w, w.dilation.w);
  const auto in_budget = static_cast<int>(lane_copies_budget / (columns * simd::lanes));
  const int spare = in_budget - window::covered(w.kernel.h, w.dilation.h);
  const int rows = std::clamp(spare < 0 ? 1 : spare / w.stride.h + 1, 1, out.h);
  return {rows, {read(rows, w.kernel.h, w.stride.h, w.dilation.h), columns}};
}

/// Rows of the input's gradient that fit into the scratch.
constexpr int band_of_inputs(Extent2 in) {
  return std::clamp(static_cast<int>(lane_copies_budget / (in.w * simd::lanes)), 1, in.h);
}

/// What block `ob` of the output channels reads, for output rows `first` to `last` - 1: x itself, or
/// copies of its lanes in the scratch.
inline BlockRows<const float> rows_read(const ConstMaps& x, int n, int ob, int multiplier,
                                        const Window& w, int first, int last, int width,
                                        float* scratch) {
  const BlockRows<const float> rows = block_rows(x, n, ob / multiplier);
  if (multiplier == 1) return rows;
  const Extent2 begin{first * w.stride.h - w.padding.top, -w.padding.left};
  const Extent2 end{
      (last - 1) * w.stride.h + window::covered(w.kernel.h, w.dilation.h) - w.padding.top,
      (width - 1) * w.stride.w + window::covered(w.kernel.w, w.dilation.w) - w.padding.left};
  copy_lanes(rows, ob, multiplier, begin, end, scratch);
  const std::ptrdiff_t stride = std::ptrdiff_t{end.w - begin.w} * simd::lanes;
  return {scratch - begin.h * stride - std::ptrdiff_t{begin.w} * simd::lanes, stride};
}

/// Adds to Runs x Length vectors of weights what some rows of pixels give them; `offsets` tell where,
/// from the first tap of the first pixel, each run of neighbouring taps reads. Only the first `count` are
/// stored.
template <int Runs, int Length>
[[gnu::noinline]] void depthwise_weight_tile(const float* x, std::ptrdiff_t x_row,
                                             std::ptrdiff_t x_pixel, const float* dy,
                                             std::ptrdiff_t dy_row, Extent2 pixels,
                                             const std::ptrdiff_t (&offsets)[Runs], int count,
                                             float* dw) {
  constexpr int taps = Runs * Length;
  simd::Vector sums[taps];
  CONVEXPR_UNROLL
  for (int t = 0; t < taps; ++t) sums[t] = simd::zero();
  for (int i = 0; i < pixels.h; ++i, x += x_row, dy += dy_row) {
    const float* in[Runs];
    CONVEXPR_UNROLL
    for (int r = 0; r < Runs; ++r) in[r] = x + offsets[r];
    const float* out = dy;
    for (int j = pixels.w; j > 0; --j, out += simd::lanes) {
      const simd::Vector d = simd::load(out);
      CONVEXPR_UNROLL
      for (int t = 0; t < taps; ++t) {
        sums[t] = simd::fma(simd::load(in[t / Length] + t % Length * simd::lanes), d, sums[t]);
      }
      CONVEXPR_UNROLL
      for (int r = 0; r < Runs; ++r) simd::step(in[r], x_pixel);
    }
  }
  CONVEXPR_UNROLL
  for (int t = 0; t < taps; ++t) {
    if (t >= count) continue;
    simd::store(dw + t * simd::lanes, simd::load(dw + t * simd::lanes) + sums[t]);
  }
}

/// Taps from number `tap` on, in the order of the weights, at the beginning of a row of them where runs
/// are rows; past the last run, that one again.
template <int Runs, int Length>
void add_depthwise_taps(const BlockRows<const float>& in, const BlockRows<const float>& dy,
                        int first, Extent2 pixels, const Window& w, int tap, float* dw) {
  const int all = w.kernel.h * w.kernel.w;
  std::ptrdiff_t offsets[Runs];
  for (int r = 0; r < Runs; ++r) {
    const int k = std::min(tap + r * Length, all - Length);
    offsets[r] = k / w.kernel.w * w.dilation.h * in.row_stride +
                 std::ptrdiff_t{k % w.kernel.w} * w.dilation.w * simd::lanes;
  }
  const float* x = in.row(std::ptrdiff_t{first} * w.stride.h - w.padding.top) -
                   std::ptrdiff_t{w.padding.left} * simd::lanes;
  depthwise_weight_tile<Runs, Length>(
      x, w.stride.h * in.row_stride, std::ptrdiff_t{w.stride.w} * simd::lanes, dy.row(first),
      dy.row_stride, pixels, offsets, std::min(Runs * Length, all - tap),
      dw + std::ptrdiff_t{tap} * simd::lanes);
}

/// All taps, `Many` runs at a time, or `Few` where no more are left.
template <int Many, int Few, int Length>
void add_runs_of_taps(const BlockRows<const float>& in, const BlockRows<const float>& dy, int first,
                      Extent2 pixels, const Window& w, float* dw) {
  const int taps = w.kernel.h * w.kernel.w;
  for (int tap = 0; tap < taps;) {
    if (taps - tap > Few * Length) {
      add_depthwise_taps<Many, Length>(in, dy, first, pixels, w, tap, dw);
      tap += Many * Length;
    } else {
      add_depthwise_taps<Few, Length>(in, dy, first, pixels, w, tap, dw);
      tap += Few * Length;
    }
  }
}

/// All taps of one block of channels, for rows `first` and the following of dy. Taps that lie side by
/// side have one address.
inline void add_depthwise_taps(const BlockRows<const float>& in, const BlockRows<const float>& dy,
                               int first, Extent2 pixels, const Window& w, float* dw) {
  const bool beside = w.dilation.w == 1;
  const auto add = beside && w.kernel.w == 3   ? &add_runs_of_taps<3, 1, 3>
                   : beside && w.kernel.w == 5 ? &add_runs_of_taps<2, 1, 5>
                                               : &add_runs_of_taps<9, 3, 1>;
  add(in, dy, first, pixels, w, dw);
}

}  // namespace detail

/// Floats of scratch that depthwise_conv2d and depthwise_conv2d_backward_weights need; out are the
/// extents of y.
constexpr std::size_t depthwise_conv2d_scratch(const Window& w, int multiplier, Extent2 out) {
  if (multiplier == 1) return 0;
  const Extent2 in = detail::band_of_outputs(w, out).in_extent;
  return static_cast<std::size_t>(in.h) * static_cast<std::size_t>(in.w) * simd::lanes;
}

/// Floats of scratch that depthwise_conv2d_backward_data needs; in are the extents of x.
constexpr std::size_t depthwise_conv2d_backward_scratch(int multiplier, Extent2 in) {
  if (multiplier == 1) return 0;
  return static_cast<std::size_t>(detail::band_of_inputs(in)) * static_cast<std::size_t>(in.w) *
         simd::lanes;
}

/// Cross-correlation of each channel with weights of its own, plus a bias, then an elementwise
/// function.
///
///     y[o,i,j] = f(b[o] + sum over u,v of w[o,u,v] * x[o/m, i*s + u*d - p, j*s + v*d - p])
///
/// Shapes     x: C x H x W, blocked, with zeros around it as far as the padding
///            packed: packed_depthwise_size(m*C, kernel) floats
///            bias: m*C floats and zeros up to whole lanes, or nullptr
///            y: m*C x H' x W', blocked    scratch: depthwise_conv2d_scratch(w, m, {H', W'}) floats
/// Parameters StrideW = w.stride.w if that is 1 or 2, else 0; m = multiplier; F: a function of
///            expr/function.hpp, or an Epilogue with what it reads
/// Cost       m*C*kh*kw*H'*W' multiply-accumulates, with m*C rounded up to whole lanes; for m > 1
///            each input row is written once or twice for every block of output channels
/// Accuracy   n * epsilon * (|b| + sum |w| |x|) before f, with n = kh*kw + 1 additions
/// Requires   buffers aligned to simd::alignment; y apart from x and from what F reads
/// Ensures    only the image of y is written, its lanes past the last channel with zeros
template <int StrideW, class F, class Operands = NoOperands>
void depthwise_conv2d(const ConstMaps& x, const float* packed, const float* bias, const Maps& y,
                      const Window& w, int multiplier, float* scratch,
                      const Operands& operands = {}) {
  using namespace detail;
  const int band = multiplier == 1 ? y.height : band_of_outputs(w, {y.height, y.width}).rows;
  for (int n = 0; n < y.examples; ++n) {
    for (int ob = 0; ob < blocks(y.channels, simd::lanes); ++ob) {
      const float* weights = packed + ob * depthwise_block_stride(w.kernel);
      const float* b = bias == nullptr ? nullptr : bias + std::ptrdiff_t{ob} * simd::lanes;
      const simd::Mask inside = simd::first_lanes(y.channels - ob * simd::lanes);
      for (int first = 0; first < y.height; first += band) {
        const int last = std::min(first + band, y.height);
        slide<StrideW, LaneWeights, F>(
            rows_read(x, n, ob, multiplier, w, first, last, y.width, scratch), weights, b,
            block_rows(y, n, ob), first, last, y.width, w, inside,
            operands.at_example(n).at_block(ob));
      }
    }
    clear_tail_lanes_of<F>(y, n);
  }
}

/// The adjoint of a depthwise convolution's input.
///
///     dx[c,i,j] = sum over o with o/m == c, u, v of
///                 w[o,u,v] * dy[o, (i + p - u*d) / s, (j + p - v*d) / s],
///                 over the taps whose quotients are whole and inside dy
///
/// Shapes     dy: m*C x H' x W', blocked, with zeros around it as far as window::adjoint_border
///            packed: as in depthwise_conv2d    dx: C x H x W, blocked
///            scratch: depthwise_conv2d_backward_scratch(m, {H, W}) floats
/// Cost       m*C*kh*kw*H'*W' multiply-accumulates, with m*C rounded up to whole lanes
/// Accuracy   error up to m*kh*kw * 2^-24 * sum |w dy|
/// Requires   lanes of dy past the last channel zero
/// Ensures    the interior of dx is overwritten, its border is not touched
inline void depthwise_conv2d_backward_data(const ConstMaps& dy, const float* packed, const Maps& dx,
                                           const Window& w, int multiplier, float* scratch) {
  using namespace detail;
  const int band = multiplier == 1 ? rows_at_once : band_of_inputs({dx.height, dx.width});
  const std::ptrdiff_t scratch_row = std::ptrdiff_t{dx.width} * simd::lanes;
  for (int n = 0; n < dx.examples; ++n) {
    for (int ob = 0; ob < blocks(dy.channels, simd::lanes); ++ob) {
      const float* weights = packed + ob * depthwise_block_stride(w.kernel);
      const BlockRows<const float> in = block_rows(dy, n, ob);
      const BlockRows<float> out = block_rows(dx, n, ob / multiplier);
      for (int first = 0; first < dx.height; first += band) {
        const int last = std::min(first + band, dx.height);
        if (multiplier == 1) {
          slide_back<LaneWeights>(in, weights, out, first, last, dx.width, w);
          continue;
        }
        const BlockRows<float> part{scratch - first * scratch_row, scratch_row};
        slide_back<LaneWeights>(in, weights, part, first, last, dx.width, w);
        if (ob % multiplier == 0) {
          for (int i = first; i < last; ++i) std::fill_n(out.row(i), scratch_row, 0.0F);
        }
        add_copies(scratch, ob, multiplier, out, first, last, dx.width);
      }
    }
  }
}

/// The adjoints of a depthwise convolution's weights and of its bias, summed over the examples.
///
///     dw[o,u,v] = sum over n,i,j of dy[n,o,i,j] * x[n,o/m, i*s + u*d - p, j*s + v*d - p]
///     db[o]     = sum over n,i,j of dy[n,o,i,j]
///
/// Shapes     x, scratch: as in depthwise_conv2d    dy: m*C x H' x W', blocked
///            dpacked: as the weights    dbias: m*C, padded to whole vectors, or nullptr
/// Cost       m*C*kh*kw*H'*W' multiply-accumulates per example, with m*C rounded up to whole lanes
/// Accuracy   error up to k * 2^-24 * sum |dy x| for k terms, much less for images of many rows; the
///            order of the sums is always the same
/// Requires   lanes of dy past the last channel zero
/// Ensures    dpacked and dbias are overwritten
inline void depthwise_conv2d_backward_weights(const ConstMaps& x, const ConstMaps& dy,
                                              float* dpacked, float* dbias, const Window& w,
                                              int multiplier, float* scratch) {
  using namespace detail;
  constexpr int chunk_pixels = 256;  // of x and dy: about a level-one cache
  const int rows = std::clamp(chunk_pixels / dy.width, 1, dy.height);
  const int band = multiplier == 1 ? dy.height : band_of_outputs(w, {dy.height, dy.width}).rows;
  const int out_blocks = blocks(dy.channels, simd::lanes);
  std::fill_n(dpacked, packed_depthwise_size(dy.channels, w.kernel), 0.0F);
  if (dbias != nullptr) std::fill_n(dbias, out_blocks * simd::lanes, 0.0F);
  for (int n = 0; n < dy.examples; ++n) {
    for (int ob = 0; ob < out_blocks; ++ob) {
      const BlockRows<const float> of_block = block_rows(dy, n, ob);
      for (int first = 0; first < dy.height; first += band) {
        const int last = std::min(first + band, dy.height);
        const BlockRows<const float> in =
            rows_read(x, n, ob, multiplier, w, first, last, dy.width, scratch);
        for (int r = first; r < last; r += rows) {
          const Extent2 pixels{std::min(rows, last - r), dy.width};
          add_depthwise_taps(in, of_block, r, pixels, w,
                             dpacked + ob * depthwise_block_stride(w.kernel));
          if (dbias == nullptr) continue;
          add_to_bias_gradient(of_block.row(r), of_block.row_stride, pixels,
                               dbias + std::ptrdiff_t{ob} * simd::lanes);
        }
      }
    }
  }
}

}  // namespace convexpr::kernels
