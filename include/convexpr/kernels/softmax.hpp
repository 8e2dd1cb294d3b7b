// Softmax and its logarithm over the channels, at each pixel, with their adjoints.
#pragma once

#include <cmath>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <limits>

namespace convexpr::kernels {

namespace detail {

/// Calls f(example, i, j) for every pixel.
template <class F>
void for_each_pixel(const ConstMaps& maps, F f) {
  for (int n = 0; n < maps.examples; ++n) {
    for (int i = 0; i < maps.height; ++i) {
      for (int j = 0; j < maps.width; ++j) f(n, i, j);
    }
  }
}

/// The lanes that hold channels, where all do.
struct AllLanes {};
inline simd::Vector kept(AllLanes, simd::Vector v, simd::Vector) { return v; }
inline simd::Vector kept(simd::Mask inside, simd::Vector v, simd::Vector other) {
  return simd::select(inside, v, other);
}

/// Calls f(block, the lanes that hold channels) for every block.
template <class F>
CONVEXPR_INLINE void for_each_block(int channels, F f) {
  const int whole = channels / simd::lanes;
  for (int b = 0; b < whole; ++b) f(b, AllLanes{});
  const int rest = channels % simd::lanes;
  if (rest != 0) f(whole, simd::first_lanes(rest));
}

/// The largest of the channels of one pixel.
inline float largest_channel(const float* pixel, std::ptrdiff_t block_stride, int channels) {
  const simd::Vector nothing = simd::broadcast(-std::numeric_limits<float>::infinity());
  simd::Vector best = nothing;
  for_each_block(channels, [&](int b, auto inside) {
    best = simd::max(best, kept(inside, simd::load(pixel + b * block_stride), nothing));
  });
  return simd::largest(best);
}

/// exp(x - shift) in the lanes that hold channels, zero elsewhere.
template <class Lanes>
CONVEXPR_INLINE simd::Vector shifted_exp(simd::Vector x, float shift, Lanes inside) {
  return kept(inside, simd::exp(x - simd::broadcast(shift)), simd::zero());
}

}  // namespace detail

/// Softmax over the channels.
///
///     y[c,i,j] = exp(x[c,i,j]) / sum over k of exp(x[k,i,j])
///
/// The largest channel is subtracted first, so that nothing overflows.
///
/// Shapes     x, y: blocked, of one shape; y may be x
/// Cost       one exponential an element
/// Ensures    lanes past the last channel are zero
inline void softmax(const ConstMaps& x, const Maps& y) {
  detail::for_each_pixel(x, [&](int n, int i, int j) {
    const float* const in = row_of(x, n, 0, i) + j * simd::lanes;
    float* const out = row_of(y, n, 0, i) + j * simd::lanes;
    const float shift = detail::largest_channel(in, x.block_stride, x.channels);
    simd::Vector total = simd::zero();
    detail::for_each_block(x.channels, [&](int b, auto inside) {
      const simd::Vector e =
          detail::shifted_exp(simd::load(in + b * x.block_stride), shift, inside);
      total = total + e;
      simd::store(out + b * y.block_stride, e);
    });
    const simd::Vector scale = simd::broadcast(1.0F / simd::sum(total));
    detail::for_each_block(x.channels, [&](int b, auto inside) {
      float* const target = out + b * y.block_stride;
      simd::store(target, detail::kept(inside, simd::load(target) * scale, simd::zero()));
    });
  });
}

/// The adjoint of `softmax`, from what it computed.
///
///     dx[c] = y[c] * (dy[c] - sum over k of dy[k] y[k])      at each pixel
///
/// Shapes     y, dy, dx: blocked, of one shape; dx may be dy or y
inline void softmax_backward(const ConstMaps& y, const ConstMaps& dy, const Maps& dx) {
  detail::for_each_pixel(y, [&](int n, int i, int j) {
    const float* const value = row_of(y, n, 0, i) + j * simd::lanes;
    const float* const in = row_of(dy, n, 0, i) + j * simd::lanes;
    float* const out = row_of(dx, n, 0, i) + j * simd::lanes;
    simd::Vector products = simd::zero();
    detail::for_each_block(y.channels, [&](int b, auto) {
      products = simd::fma(simd::load(value + b * y.block_stride),
                           simd::load(in + b * dy.block_stride), products);
    });
    const simd::Vector mean = simd::broadcast(simd::sum(products));
    detail::for_each_block(y.channels, [&](int b, auto inside) {
      const simd::Vector slope = simd::load(in + b * dy.block_stride) - mean;
      const simd::Vector result = simd::load(value + b * y.block_stride) * slope;
      simd::store(out + b * dx.block_stride, detail::kept(inside, result, simd::zero()));
    });
  });
}

/// The logarithm of `softmax`, without computing a quotient that may vanish.
///
///     y[c,i,j] = x[c,i,j] - log(sum over k of exp(x[k,i,j]))
///
/// Shapes     x, y: blocked, of one shape; y may be x
/// Ensures    lanes past the last channel are zero
inline void log_softmax(const ConstMaps& x, const Maps& y) {
  detail::for_each_pixel(x, [&](int n, int i, int j) {
    const float* const in = row_of(x, n, 0, i) + j * simd::lanes;
    float* const out = row_of(y, n, 0, i) + j * simd::lanes;
    const float shift = detail::largest_channel(in, x.block_stride, x.channels);
    simd::Vector total = simd::zero();
    detail::for_each_block(x.channels, [&](int b, auto inside) {
      total = total + detail::shifted_exp(simd::load(in + b * x.block_stride), shift, inside);
    });
    // Subtracted one after the other: their sum would round the small logarithm away.
    const simd::Vector largest = simd::broadcast(shift);
    const simd::Vector rest = simd::broadcast(std::log(simd::sum(total)));
    detail::for_each_block(x.channels, [&](int b, auto inside) {
      const simd::Vector value = simd::load(in + b * x.block_stride) - largest - rest;
      simd::store(out + b * y.block_stride, detail::kept(inside, value, simd::zero()));
    });
  });
}

/// The adjoint of `log_softmax`, from what it computed.
///
///     dx[c] = dy[c] - exp(y[c]) * sum over k of dy[k]         at each pixel
///
/// Shapes     y, dy, dx: blocked, of one shape; dx may be dy or y
inline void log_softmax_backward(const ConstMaps& y, const ConstMaps& dy, const Maps& dx) {
  detail::for_each_pixel(y, [&](int n, int i, int j) {
    const float* const value = row_of(y, n, 0, i) + j * simd::lanes;
    const float* const in = row_of(dy, n, 0, i) + j * simd::lanes;
    float* const out = row_of(dx, n, 0, i) + j * simd::lanes;
    simd::Vector gradients = simd::zero();
    detail::for_each_block(y.channels, [&](int b, auto) {
      gradients = gradients + simd::load(in + b * dy.block_stride);
    });
    const simd::Vector total = simd::broadcast(simd::sum(gradients));
    detail::for_each_block(y.channels, [&](int b, auto inside) {
      const simd::Vector chance = simd::exp(simd::load(value + b * y.block_stride));
      const simd::Vector result = simd::load(in + b * dy.block_stride) - chance * total;
      simd::store(out + b * dx.block_stride, detail::kept(inside, result, simd::zero()));
    });
  });
}

}  // namespace convexpr::kernels
