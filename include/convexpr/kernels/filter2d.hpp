// A fixed filter: every channel is cross-correlated with the same taps.
//
// The loop is that of depthwise convolutions, with one weight for all lanes: tap_sums.hpp.
#pragma once

#include <convexpr/kernels/tap_sums.hpp>

namespace convexpr::kernels {

/// Cross-correlation of every channel with the same taps, then an elementwise function.
///
///     y[c,i,j] = f(sum over u,v of taps[u,v] * x[c, i*s + u*d - p, j*s + v*d - p])
///
/// Shapes     x: C x H x W, blocked, with zeros around it as far as the padding
///            taps: kh x kw, plain    y: C x H' x W', blocked
/// Parameters StrideW = w.stride.w if that is 1 or 2, else 0; F: a function of expr/function.hpp, or
///            an Epilogue with what it reads
/// Cost       C*kh*kw*H'*W' multiply-accumulates, with C rounded up to whole lanes
/// Accuracy   kh*kw * epsilon * sum |taps| |x| before f
/// Requires   maps aligned to simd::alignment; y apart from x and from what F reads
/// Ensures    only the image of y is written, its lanes past the last channel with zeros
template <int StrideW, class F, class Operands = NoOperands>
void filter2d(const ConstMaps& x, const float* taps, const Maps& y, const Window& w,
              const Operands& operands = {}) {
  using namespace detail;
  for (int n = 0; n < y.examples; ++n) {
    for (int b = 0; b < blocks(y.channels, simd::lanes); ++b) {
      slide<StrideW, SharedWeights, F>(
          block_rows(x, n, b), taps, nullptr, block_rows(y, n, b), 0, y.height, y.width, w,
          simd::first_lanes(y.channels - b * simd::lanes), operands.at_example(n).at_block(b));
    }
    clear_tail_lanes_of<F>(y, n);
  }
}

/// The adjoint of `filter2d`.
///
///     dx[c,i,j] = sum over u,v of taps[u,v] * dy[c, (i + p - u*d) / s, (j + p - v*d) / s],
///                 over the taps whose quotients are whole and inside dy
///
/// Shapes     dy: C x H' x W', blocked, with zeros around it as far as window::adjoint_border
///            taps: kh x kw, plain    dx: C x H x W, blocked
/// Ensures    the interior of dx is overwritten, its border is not touched
inline void filter2d_backward(const ConstMaps& dy, const float* taps, const Maps& dx,
                              const Window& w) {
  using namespace detail;
  for (int n = 0; n < dx.examples; ++n) {
    for (int b = 0; b < blocks(dx.channels, simd::lanes); ++b) {
      for (int first = 0; first < dx.height; first += rows_at_once) {
        slide_back<SharedWeights>(block_rows(dy, n, b), taps, block_rows(dx, n, b), first,
                                  std::min(first + rows_at_once, dx.height), dx.width, w);
      }
    }
  }
}

}  // namespace convexpr::kernels
