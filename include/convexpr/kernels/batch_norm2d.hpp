// Batch normalisation: statistics of each channel, the affine map they make, and the gradients.
//
// The forward pass of training is batch_norm2d_statistics, then batch_norm2d_inference with what it
// found. Per-channel arrays are padded to whole vectors with zeros; weight and bias may be null,
// which stands for ones and zeros.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/pixel_sum.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

namespace detail {

/// What normalises one block of channels: xhat = (x - mean) * inverse_deviation.
struct Normaliser {
  simd::Vector mean;
  simd::Vector inverse_deviation;  // zero in the lanes that hold no channel
  simd::Vector weight;

  Normaliser(int channels, int block, const float* weights, const float* means,
             const float* variances, float epsilon) {
    const int first = block * simd::lanes;
    const simd::Vector one = simd::broadcast(1.0F);
    const simd::Vector variance = simd::load_unaligned(variances + first);
    mean = simd::load_unaligned(means + first);
    inverse_deviation =
        simd::select(simd::first_lanes(channels - first),
                     one / simd::sqrt(variance + simd::broadcast(epsilon)), simd::zero());
    weight = weights == nullptr ? one : simd::load_unaligned(weights + first);
  }
};

/// Pixels of all examples.
constexpr double pixel_count(const ConstMaps& x) {
  return static_cast<double>(x.examples) * x.height * x.width;
}

/// The average over all pixels of one block of what f(pixel of x) gives.
template <class F>
simd::Vector pixel_mean(const ConstMaps& x, int block, F f) {
  PixelSum total;
  for (int n = 0; n < x.examples; ++n) {
    for (int i = 0; i < x.height; ++i) {
      const float* const in = row_of(x, n, block, i);
      simd::Vector row = simd::zero();
      for (int j = 0; j < x.width; ++j) row = row + f(simd::load(in + j * simd::lanes));
      total.add(row);
    }
  }
  return total.over(pixel_count(x));
}

/// The gradients of weight and bias for one block, as sums over all pixels.
struct AffineGradient {
  PixelSum weight;
  PixelSum bias;

  AffineGradient(const ConstMaps& x, const ConstMaps& dy, int block, const Normaliser& by) {
    for (int n = 0; n < x.examples; ++n) {
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, block, i);
        const float* const gradient = row_of(dy, n, block, i);
        simd::Vector products = simd::zero();
        simd::Vector gradients = simd::zero();
        for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
          const simd::Vector g = simd::load(gradient + j);
          products = simd::fma(g, simd::load(in + j) - by.mean, products);
          gradients = gradients + g;
        }
        weight.add(products * by.inverse_deviation);
        bias.add(gradients);
      }
    }
  }
};

/// dx = slope * (dy - common - steepness * (x - mean)) over one block.
inline void write_gradient(const ConstMaps& x, const ConstMaps& dy, const Maps& dx, int block,
                           simd::Vector slope, simd::Vector common, simd::Vector steepness,
                           simd::Vector mean) {
  for (int n = 0; n < x.examples; ++n) {
    for (int i = 0; i < x.height; ++i) {
      const float* const in = row_of(x, n, block, i);
      const float* const gradient = row_of(dy, n, block, i);
      float* const out = row_of(dx, n, block, i);
      for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
        const simd::Vector own = simd::load(gradient + j) - common;
        simd::store(out + j, slope * (own - steepness * (simd::load(in + j) - mean)));
      }
    }
  }
}

/// Writes the gradients of the parameters of one block, where they are wanted.
inline void write_parameters(const AffineGradient& sums, int block, float* dweight, float* dbias) {
  const int first = block * simd::lanes;
  if (dweight != nullptr) simd::store_unaligned(dweight + first, sums.weight.over(1.0));
  if (dbias != nullptr) simd::store_unaligned(dbias + first, sums.bias.over(1.0));
}

}  // namespace detail

/// Batch normalisation with given statistics, then an elementwise function.
///
///     y[c] = F((x[c] - mean[c]) / sqrt(variance[c] + epsilon) * weight[c] + bias[c])
///
/// Shapes     x, y: blocked, of one shape; y may be x or what F reads
/// Parameters F: a function of expr/function.hpp, or an Epilogue with what it reads
/// Ensures    lanes past the last channel are zero
template <class F = expr::Identity, class Operands = NoOperands>
void batch_norm2d_inference(const ConstMaps& x, const Maps& y, const float* weight,
                            const float* bias, const float* mean, const float* variance,
                            float epsilon, const Operands& operands = {}) {
  for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
    const detail::Normaliser by(x.channels, b, weight, mean, variance, epsilon);
    const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
    const simd::Vector slope = by.inverse_deviation * by.weight;
    const simd::Vector shift =
        bias == nullptr ? simd::zero() : simd::load_unaligned(bias + b * simd::lanes);
    for (int n = 0; n < x.examples; ++n) {
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        float* const out = row_of(y, n, b, i);
        const auto read = operands.at_example(n).at_block(b).at_row(i);
        for (int j = 0; j < x.width; ++j) {
          const std::ptrdiff_t at = std::ptrdiff_t{j} * simd::lanes;
          const simd::Vector v = simd::fma(simd::load(in + at) - by.mean, slope, shift);
          simd::store(out + at, detail::applied_inside<F>(read, v, j, inside));
        }
      }
    }
  }
}

/// Mean and biased variance of each channel over examples, rows and columns.
///
/// Shapes     x: blocked    mean, variance: C, padded to whole vectors
/// Accuracy   two passes, rows in float and their sums in double: a few roundings, for any number
///            of pixels and any ratio of mean to deviation that float can tell apart
inline void batch_norm2d_statistics(const ConstMaps& x, float* mean, float* variance) {
  for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
    const simd::Vector first = simd::load(row_of(x, 0, b, 0));
    // Deviations from the first pixel are summed: they are small where the mean is far from zero.
    const simd::Vector center =
        first + detail::pixel_mean(x, b, [&](simd::Vector v) { return v - first; });
    const simd::Vector spread =
        detail::pixel_mean(x, b, [&](simd::Vector v) { return (v - center) * (v - center); });
    simd::store_unaligned(mean + b * simd::lanes, center);
    simd::store_unaligned(variance + b * simd::lanes, spread);
  }
}

/// Moves the running statistics towards those of a batch.
///
///     running = (1 - momentum) * running + momentum * new
///
/// The running variance is unbiased: what enters is variance * count / (count - 1).
///
/// Parameters count: pixels of all examples
inline void batch_norm2d_update_running(int channels, std::ptrdiff_t count, const float* mean,
                                        const float* variance, float momentum, float* running_mean,
                                        float* running_variance) {
  const float unbiased =
      static_cast<float>(count) / static_cast<float>(std::max<std::ptrdiff_t>(count - 1, 1));
  for (int c = 0; c < channels; ++c) {
    running_mean[c] += momentum * (mean[c] - running_mean[c]);
    running_variance[c] += momentum * (variance[c] * unbiased - running_variance[c]);
  }
}

/// The gradient of `batch_norm2d_inference`, whose statistics are constants.
///
///     dx      = dy * weight / sqrt(variance + epsilon)
///     dweight = sum of dy * xhat
///     dbias   = sum of dy
///
/// Shapes     x, dy, dx: blocked, of one shape; dx may be dy
/// Ensures    dx is overwritten, and dweight and dbias where they are not null
inline void batch_norm2d_backward_inference(const ConstMaps& x, const ConstMaps& dy, const Maps& dx,
                                            const float* weight, const float* mean,
                                            const float* variance, float epsilon, float* dweight,
                                            float* dbias) {
  for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
    const detail::Normaliser by(x.channels, b, weight, mean, variance, epsilon);
    if (dweight != nullptr || dbias != nullptr) {
      detail::write_parameters(detail::AffineGradient(x, dy, b, by), b, dweight, dbias);
    }
    detail::write_gradient(x, dy, dx, b, by.inverse_deviation * by.weight, simd::zero(),
                           simd::zero(), by.mean);
  }
}

/// The gradient of batch normalisation with the statistics of x itself, through those too.
///
///     dx = weight / sqrt(variance + epsilon) * (dy - avg(dy) - xhat * avg(dy * xhat))
///
/// with dweight, dbias, shapes and guarantees as for `batch_norm2d_backward_inference`.
inline void batch_norm2d_backward_training(const ConstMaps& x, const ConstMaps& dy, const Maps& dx,
                                           const float* weight, const float* mean,
                                           const float* variance, float epsilon, float* dweight,
                                           float* dbias) {
  const double count = detail::pixel_count(x);
  for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
    const detail::Normaliser by(x.channels, b, weight, mean, variance, epsilon);
    const detail::AffineGradient sums(x, dy, b, by);
    detail::write_parameters(sums, b, dweight, dbias);
    detail::write_gradient(x, dy, dx, b, by.inverse_deviation * by.weight, sums.bias.over(count),
                           sums.weight.over(count) * by.inverse_deviation, by.mean);
  }
}

}  // namespace convexpr::kernels
