// Local response normalisation: each channel is divided by a power of its neighbours' energy.
//
// The neighbours of a vector of channels lie in the blocks before and after it too. So the channels
// of one pixel are laid out in a row on the stack, whose shifted neighbours are unaligned loads.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/simd/permute.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <limits>

namespace convexpr::kernels {

/// The constants of a local response normalisation, as PyTorch names them.
struct LocalResponse {
  int size;  // channels under the window
  float alpha;
  float beta;
  float k;
};

namespace detail {

/// 1 / base and base^-exponent of positive numbers; the exponents that networks use take square roots
/// instead of a logarithm.
struct InversePowers {
  simd::Vector first;
  simd::Vector power;

  CONVEXPR_INLINE InversePowers(simd::Vector base, float exponent) {
    base = simd::min(base, simd::broadcast(std::numeric_limits<float>::max()));
    if constexpr (simd::has_fast_inverse_sqrt) {
      const simd::Vector root = simd::inverse_sqrt(base);  // base^(-1/2)
      first = root * root;
      if (exponent == 0.75F) {
        power = root * (root * simd::inverse_sqrt(root));
        return;
      }
    } else {
      first = simd::broadcast(1.0F) / base;
      if (exponent == 0.75F) {
        const simd::Vector root = simd::sqrt(base);
        power = simd::broadcast(1.0F) / (root * simd::sqrt(root));
        return;
      }
    }
    power = exponent == 0.5F   ? simd::inverse_sqrt(base)
            : exponent == 1.0F ? simd::broadcast(1.0F) / base
                               : simd::pow(base, simd::broadcast(-exponent));
  }
};

/// How far the window of a channel reaches, in channels; not beyond all of them.
struct Reach {
  int before;
  int after;

  static constexpr Reach of(int size, int channels) {
    return {std::min(size / 2, channels), std::min((size - 1) / 2, channels)};
  }
  /// Blocks that it may touch on either side of its own.
  constexpr int margin() const { return blocks(std::max(before, after), simd::lanes); }
};

/// Blocks of one pixel's channels that a row on the stack holds.
inline constexpr int row_blocks = 4096 / simd::lanes;

struct alignas(simd::alignment) ChannelRow {
  float values[row_blocks * simd::lanes];
};

/// The sum of a vector's neighbours in a row, from `before` lanes before it to `after` behind.
CONVEXPR_INLINE simd::Vector neighbour_sum(const float* at, int before, int after) {
  simd::Vector total = simd::load_unaligned(at - before);
  for (int d = 1 - before; d <= after; ++d) total = total + simd::load_unaligned(at + d);
  return total;
}

/// Squares of the blocks from `begin` to `end` of one pixel; zero for blocks that do not exist.
inline void square_blocks(const float* pixel, std::ptrdiff_t block_stride, int count, int begin,
                          int end, float* out) {
  for (int b = begin; b < end; ++b, out += simd::lanes) {
    const bool exists = b >= 0 && b < count;
    const simd::Vector x = exists ? simd::load(pixel + b * block_stride) : simd::zero();
    simd::store(out, x * x);
  }
}

/// Three blocks of one pixel's channels that follow each other, for windows of five channels in registers.
struct BlocksOfFive {
  simd::Vector before = simd::zero();
  simd::Vector at = simd::zero();
  simd::Vector after = simd::zero();

  CONVEXPR_INLINE void step(simd::Vector next) {
    before = at;
    at = after;
    after = next;
  }
  /// For each lane of the middle block: itself, two before it and two behind.
  CONVEXPR_INLINE simd::Vector sums() const {
    constexpr int lanes = simd::lanes;
    const simd::Vector left =
        simd::joined_lanes<lanes - 2>(before, at) + simd::joined_lanes<lanes - 1>(before, at);
    const simd::Vector right = simd::joined_lanes<1>(at, after) + simd::joined_lanes<2>(at, after);
    return left + at + right;
  }
};

/// Whether windows are of five channels, and kept in registers.
inline bool in_registers_of_five(const LocalResponse& p) {
  return simd::has_joined_lanes && p.size == 5;
}

/// The channels of one pixel, which lie `blocks` times `x_block` and `y_block` apart.
inline void normalise_by_five(const float* x, std::ptrdiff_t x_block, float* y,
                              std::ptrdiff_t y_block, int channels, const LocalResponse& p) {
  const simd::Vector scale = simd::broadcast(p.alpha / static_cast<float>(p.size));
  const simd::Vector k = simd::broadcast(p.k);
  const int count = blocks(channels, simd::lanes);
  simd::Vector value = simd::load(x);
  BlocksOfFive squares;
  squares.after = value * value;
  for (int b = 0; b < count; ++b, y += y_block) {
    simd::Vector next = simd::zero();
    if (b + 1 < count) next = simd::load(x += x_block);
    squares.step(next * next);
    const InversePowers inverse(simd::fma(scale, squares.sums(), k), p.beta);
    const simd::Mask inside = simd::first_lanes(channels - b * simd::lanes);
    simd::store(y, simd::select(inside, value * inverse.power, simd::zero()));
    value = next;
  }
}

/// The adjoint of `normalise_by_five`, then F: a block's terms are summed when those of the next are known.
/// Operands are seen from the pixel.
template <class F, class Operands>
void differentiate_by_five(const float* x, std::ptrdiff_t x_block, const float* dy,
                           std::ptrdiff_t dy_block, float* dx, std::ptrdiff_t dx_block,
                           int channels, const LocalResponse& p, const Operands& operands) {
  const simd::Vector scale = simd::broadcast(p.alpha / static_cast<float>(p.size));
  const simd::Vector slope = simd::broadcast(-2.0F * p.beta) * scale;
  const simd::Vector k = simd::broadcast(p.k);
  const int count = blocks(channels, simd::lanes);
  simd::Vector value = simd::load(x);
  BlocksOfFive squares;
  squares.after = value * value;
  BlocksOfFive terms;
  simd::Vector scaled = simd::zero();  // slope x and dy s^-beta of the block before
  simd::Vector direct = simd::zero();
  const auto finish_block = [&](int b, simd::Vector next_terms) {
    terms.step(next_terms);
    const simd::Vector result = simd::fma(scaled, terms.sums(), direct);
    simd::store(dx, applied_inside<F>(operands.at_block(b), result, 0,
                                      simd::first_lanes(channels - b * simd::lanes)));
    dx += dx_block;
  };
  for (int b = 0; b < count; ++b, dy += dy_block) {
    simd::Vector next = simd::zero();
    if (b + 1 < count) next = simd::load(x += x_block);
    squares.step(next * next);
    const InversePowers inverse(simd::fma(scale, squares.sums(), k), p.beta);
    const simd::Mask inside = simd::first_lanes(channels - b * simd::lanes);
    const simd::Vector quotient =
        simd::select(inside, simd::load(dy) * inverse.power, simd::zero());
    const simd::Vector term = simd::select(inside, quotient * inverse.first * value, simd::zero());
    if (b == 0) {
      terms.after = term;
    } else {
      finish_block(b - 1, term);
    }
    direct = quotient;
    scaled = slope * value;
    value = next;
  }
  finish_block(count - 1, simd::zero());
}

}  // namespace detail

/// Local response normalisation across channels.
///
///     y[c] = x[c] / s[c]^beta,   s[c] = k + alpha / size * sum of x[d]^2
///     over d from c - size/2 to c + (size-1)/2, as far as they exist, at each pixel
///
/// Shapes     x, y: blocked, of one shape; y may be x where there are at most 1000 channels
/// Cost       size additions a vector, and for beta = 3/4 two inverse square roots
/// Requires   at most 1000 channels, or a size of at most 2000
/// Source     Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional
///            neural networks", 2012; the factor 1 / size is PyTorch's
inline void local_response_norm(const ConstMaps& x, const Maps& y, const LocalResponse& p) {
  if (detail::in_registers_of_five(p)) {
    for (int n = 0; n < x.examples; ++n) {
      for (int i = 0; i < x.height; ++i) {
        for (int j = 0; j < x.width; ++j) {
          detail::normalise_by_five(row_of(x, n, 0, i) + j * simd::lanes, x.block_stride,
                                    row_of(y, n, 0, i) + j * simd::lanes, y.block_stride,
                                    x.channels, p);
        }
      }
    }
    return;
  }
  // Several pixels are squared before the first is summed: a load that spans two stores would wait
  // until both have left the store buffer.
  detail::ChannelRow squares;
  const detail::Reach reach = detail::Reach::of(p.size, x.channels);
  const int margin = reach.margin();
  const int count = blocks(x.channels, simd::lanes);
  const int chunk = std::min(count, detail::row_blocks - 2 * margin);
  const int row = (chunk + 2 * margin) * simd::lanes;
  const int group = detail::row_blocks * simd::lanes / row;
  const simd::Vector scale = simd::broadcast(p.alpha / static_cast<float>(p.size));
  const simd::Vector k = simd::broadcast(p.k);
  const auto normalise_pixel = [&](const float* at, const float* in, float* out, int begin) {
    for (int b = begin; b < std::min(count, begin + chunk); ++b, at += simd::lanes) {
      const simd::Vector energy = detail::neighbour_sum(at, reach.before, reach.after);
      const simd::Vector factor = detail::InversePowers(simd::fma(scale, energy, k), p.beta).power;
      const simd::Vector value = simd::load(in + b * x.block_stride) * factor;
      const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
      simd::store(out + b * y.block_stride, simd::select(inside, value, simd::zero()));
    }
  };
  const auto normalise_group = [&](const float* in, float* out, int pixels) {
    for (int begin = 0; begin < count; begin += chunk) {
      for (int t = 0; t < pixels; ++t) {
        detail::square_blocks(in + t * simd::lanes, x.block_stride, count, begin - margin,
                              begin + chunk + margin, squares.values + t * row);
      }
      for (int t = 0; t < pixels; ++t) {
        normalise_pixel(squares.values + t * row + margin * simd::lanes, in + t * simd::lanes,
                        out + t * simd::lanes, begin);
      }
    }
  };
  for (int n = 0; n < x.examples; ++n) {
    for (int i = 0; i < x.height; ++i) {
      for (int j = 0; j < x.width; j += group) {
        normalise_group(row_of(x, n, 0, i) + j * simd::lanes, row_of(y, n, 0, i) + j * simd::lanes,
                        std::min(group, x.width - j));
      }
    }
  }
}

/// The adjoint of `local_response_norm`, then an elementwise function.
///
///     dx[d] = f(dy[d] / s[d]^beta - 2 beta alpha/size x[d] * sum of dy[c] x[c] / s[c]^(beta+1))
///     over the c whose window holds d: from d - (size-1)/2 to d + size/2
///
/// Shapes     x, dy, dx: blocked, of one shape; dx is neither x nor dy
/// Parameters F: a function of expr/function.hpp, or an Epilogue with what it reads
/// Requires   at most 1000 channels, or a size of at most 2000
/// Ensures    dx is overwritten
template <class F = expr::Identity, class Operands = NoOperands>
void local_response_norm_backward(const ConstMaps& x, const ConstMaps& dy, const Maps& dx,
                                  const LocalResponse& p, const Operands& operands = {}) {
  if (detail::in_registers_of_five(p)) {
    for (int n = 0; n < x.examples; ++n) {
      for (int i = 0; i < x.height; ++i) {
        for (int j = 0; j < x.width; ++j) {
          const int pixel = j * simd::lanes;
          detail::differentiate_by_five<F>(row_of(x, n, 0, i) + pixel, x.block_stride,
                                           row_of(dy, n, 0, i) + pixel, dy.block_stride,
                                           row_of(dx, n, 0, i) + pixel, dx.block_stride, x.channels,
                                           p, operands.at_example(n).at_row(i).at_column(j));
        }
      }
    }
    return;
  }
  // As in the forward pass several pixels at a time; rows on the stack begin two margins before the chunk
  // (squares) or one (factors, terms).
  detail::ChannelRow squares;
  detail::ChannelRow factors;  // s^-beta
  detail::ChannelRow terms;    // dy x s^(-beta-1)
  const detail::Reach reach = detail::Reach::of(p.size, x.channels);
  const int margin = reach.margin();
  const int count = blocks(x.channels, simd::lanes);
  const int chunk = std::min(count, detail::row_blocks - 4 * margin);
  const int row = (chunk + 4 * margin) * simd::lanes;
  const int group = detail::row_blocks * simd::lanes / row;
  const simd::Vector scale = simd::broadcast(p.alpha / static_cast<float>(p.size));
  const simd::Vector k = simd::broadcast(p.k);
  const simd::Vector slope = simd::broadcast(-2.0F * p.beta) * scale;
  const auto find_terms = [&](const float* in, const float* gradient, int begin, int end, int t) {
    const float* at = squares.values + t * row + margin * simd::lanes;
    int to = t * row;
    for (int b = begin - margin; b < end + margin; ++b, at += simd::lanes, to += simd::lanes) {
      simd::Vector factor = simd::zero();
      simd::Vector term = simd::zero();
      if (b >= 0 && b < count) {
        const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
        const simd::Vector s =
            simd::fma(scale, detail::neighbour_sum(at, reach.before, reach.after), k);
        const detail::InversePowers inverse(s, p.beta);
        factor = simd::select(inside, inverse.power, simd::zero());
        const simd::Vector product =
            simd::load(gradient + b * dy.block_stride) * simd::load(in + b * x.block_stride);
        term = simd::select(inside, product * factor * inverse.first, simd::zero());
      }
      simd::store(factors.values + to, factor);
      simd::store(terms.values + to, term);
    }
  };
  const auto differentiate_pixel = [&](const float* in, const float* gradient, float* out,
                                       const Operands& seen, int begin, int end, int t) {
    int from = t * row + margin * simd::lanes;
    for (int b = begin; b < end; ++b, from += simd::lanes) {
      const simd::Vector shared =
          detail::neighbour_sum(terms.values + from, reach.after, reach.before);
      const simd::Vector direct =
          simd::load(gradient + b * dy.block_stride) * simd::load(factors.values + from);
      const simd::Vector result =
          simd::fma(slope * simd::load(in + b * x.block_stride), shared, direct);
      simd::store(out + b * dx.block_stride,
                  detail::applied_inside<F>(seen.at_block(b), result, 0,
                                            simd::first_lanes(x.channels - b * simd::lanes)));
    }
  };
  const auto differentiate_group = [&](const float* in, const float* gradient, float* out,
                                       const Operands& seen, int pixels) {
    for (int begin = 0; begin < count; begin += chunk) {
      const int end = std::min(count, begin + chunk);
      for (int t = 0; t < pixels; ++t) {
        detail::square_blocks(in + t * simd::lanes, x.block_stride, count, begin - 2 * margin,
                              end + 2 * margin, squares.values + t * row);
      }
      for (int t = 0; t < pixels; ++t) {
        find_terms(in + t * simd::lanes, gradient + t * simd::lanes, begin, end, t);
      }
      for (int t = 0; t < pixels; ++t) {
        differentiate_pixel(in + t * simd::lanes, gradient + t * simd::lanes, out + t * simd::lanes,
                            seen.at_column(t), begin, end, t);
      }
    }
  };
  for (int n = 0; n < x.examples; ++n) {
    for (int i = 0; i < x.height; ++i) {
      for (int j = 0; j < x.width; j += group) {
        const int pixel = j * simd::lanes;
        differentiate_group(
            row_of(x, n, 0, i) + pixel, row_of(dy, n, 0, i) + pixel, row_of(dx, n, 0, i) + pixel,
            operands.at_example(n).at_row(i).at_column(j), std::min(group, x.width - j));
      }
    }
  }
}

}  // namespace convexpr::kernels
