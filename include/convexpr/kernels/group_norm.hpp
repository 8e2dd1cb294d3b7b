// Normalisation of groups of channels, each example for itself: of all channels together (layer
// norm), of several (group norm) or of each alone (instance norm).
//
// Sums are taken over the pixels of every channel, a vector of channels at a time; then the numbers
// of the channels of a group are averaged. So a group may begin and end within a vector.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/pixel_sum.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// Learned values of which each channel has one: an array padded with zeros to whole vectors, or
/// null, which stands for `otherwise` everywhere.
struct PerChannel {
  const float* values;
  float otherwise;

  struct Row {
    simd::Vector value;
    simd::Vector at(std::ptrdiff_t) const { return value; }
  };
  constexpr std::ptrdiff_t floats(int channels) const {
    return std::ptrdiff_t{blocks(channels, simd::lanes)} * simd::lanes;
  }
  Row row(int block, int) const {
    if (values == nullptr) return {simd::broadcast(otherwise)};
    return {simd::load_unaligned(values + block * simd::lanes)};
  }
};

/// Learned values of which each element has one: laid out as a blocked map without a border.
struct PerElement {
  const float* values;
  int height;
  int width;

  struct Row {
    const float* values;
    simd::Vector at(std::ptrdiff_t j) const { return simd::load(values + j); }
  };
  constexpr std::ptrdiff_t floats(int channels) const {
    return std::ptrdiff_t{blocks(channels, simd::lanes)} * simd::lanes * height * width;
  }
  Row row(int block, int i) const {
    return {values + (std::ptrdiff_t{block} * height + i) * width * simd::lanes};
  }
};

namespace detail {

/// Rows of numbers, one a channel, that a normalisation works with.
struct ChannelNumbers {
  float* mean;
  float* inverse_deviation;
  float* common;     // the adjoint: average of dy * weight
  float* steepness;  // the adjoint: average of dy * weight * xhat

  ChannelNumbers(float* scratch, int channels)
      : mean(scratch),
        inverse_deviation(mean + std::ptrdiff_t{blocks(channels, simd::lanes)} * simd::lanes),
        common(inverse_deviation + (inverse_deviation - mean)),
        steepness(common + (inverse_deviation - mean)) {}
};

/// The sum of `count` numbers.
inline double sum_of(const float* values, int count) {
  PixelSum lanes;
  int i = 0;
  for (; i + simd::lanes <= count; i += simd::lanes) lanes.add(simd::load_unaligned(values + i));
  double sum = lanes.total();
  for (; i < count; ++i) sum += static_cast<double>(values[i]);
  return sum;
}

/// Gives each channel the average of the numbers of its group.
inline void average_in_groups(float* values, int channels, int groups) {
  const int size = channels / groups;
  if (size == 1) return;
  for (float* group = values; group < values + channels; group += size) {
    std::fill_n(group, size, static_cast<float>(sum_of(group, size) / size));
  }
}

/// For each channel of a block the average over its pixels of what f(pixel) gives.
template <class F>
simd::Vector channel_means(const ConstMaps& x, int example, int block, F f) {
  PixelSum total;
  for (int i = 0; i < x.height; ++i) {
    const float* const in = row_of(x, example, block, i);
    simd::Vector row = simd::zero();
    for (int j = 0; j < x.width; ++j) row = row + f(simd::load(in + j * simd::lanes));
    total.add(row);
  }
  return total.over(static_cast<double>(x.height) * x.width);
}

/// Mean and 1 / sqrt(variance + epsilon) of each channel's group in one example; zero in the lanes
/// that hold no channel.
inline void find_statistics(const ConstMaps& x, int example, int groups, float epsilon,
                            const ChannelNumbers& to) {
  const int count = blocks(x.channels, simd::lanes);
  for (int b = 0; b < count; ++b) {
    // Deviations from the first pixel are summed: they are small where the mean is far from zero.
    const simd::Vector first = simd::load(row_of(x, example, b, 0));
    simd::store(to.mean + b * simd::lanes,
                first + channel_means(x, example, b, [&](simd::Vector v) { return v - first; }));
  }
  average_in_groups(to.mean, x.channels, groups);
  for (int b = 0; b < count; ++b) {
    const simd::Vector mean = simd::load(to.mean + b * simd::lanes);
    simd::store(
        to.inverse_deviation + b * simd::lanes,
        channel_means(x, example, b, [&](simd::Vector v) { return (v - mean) * (v - mean); }));
  }
  average_in_groups(to.inverse_deviation, x.channels, groups);
  for (int b = 0; b < count; ++b) {
    float* const at = to.inverse_deviation + b * simd::lanes;
    const simd::Vector inverse =
        simd::broadcast(1.0F) / simd::sqrt(simd::load(at) + simd::broadcast(epsilon));
    simd::store(
        at, simd::select(simd::first_lanes(x.channels - b * simd::lanes), inverse, simd::zero()));
  }
}

/// Where the gradients of weight and bias are added up; null where there are none.
struct AffineSums {
  float* weight;
  float* bias;
};

inline void add_to(float* sum, simd::Vector term) {
  simd::store_unaligned(sum, simd::load_unaligned(sum) + term);
}

/// Adds the gradients of one block's weights and biases in one example, and finds the averages of
/// dy * weight and of dy * weight * xhat over each of its channels.
inline void find_gradients(const ConstMaps& x, const ConstMaps& dy, int example, int block,
                           const PerChannel& weight, const ChannelNumbers& c,
                           const AffineSums& sums) {
  const int first = block * simd::lanes;
  const simd::Vector mean = simd::load(c.mean + first);
  PixelSum gradients;
  PixelSum products;
  for (int i = 0; i < x.height; ++i) {
    const float* const in = row_of(x, example, block, i);
    const float* const gradient = row_of(dy, example, block, i);
    simd::Vector row_gradients = simd::zero();
    simd::Vector row_products = simd::zero();
    for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
      const simd::Vector g = simd::load(gradient + j);
      row_gradients = row_gradients + g;
      row_products = simd::fma(g, simd::load(in + j) - mean, row_products);
    }
    gradients.add(row_gradients);
    products.add(row_products);
  }
  const simd::Vector inverse = simd::load(c.inverse_deviation + first);
  const double pixels = static_cast<double>(x.height) * x.width;
  const simd::Vector w = weight.row(block, 0).value;
  simd::store(c.common + first, w * gradients.over(pixels));
  simd::store(c.steepness + first, w * (inverse * products.over(pixels)));
  if (sums.bias != nullptr) add_to(sums.bias + first, gradients.over(1));
  if (sums.weight != nullptr) add_to(sums.weight + first, inverse * products.over(1));
}

inline void find_gradients(const ConstMaps& x, const ConstMaps& dy, int example, int block,
                           const PerElement& weight, const ChannelNumbers& c,
                           const AffineSums& sums) {
  const int first = block * simd::lanes;
  const simd::Vector mean = simd::load(c.mean + first);
  const simd::Vector inverse = simd::load(c.inverse_deviation + first);
  PixelSum gradients;
  PixelSum products;
  for (int i = 0; i < x.height; ++i) {
    const float* const in = row_of(x, example, block, i);
    const float* const gradient = row_of(dy, example, block, i);
    const PerElement::Row w = weight.row(block, i);
    float* const dw = sums.weight + (w.values - weight.values);
    float* const db = sums.bias + (w.values - weight.values);
    simd::Vector row_gradients = simd::zero();
    simd::Vector row_products = simd::zero();
    for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
      const simd::Vector g = simd::load(gradient + j);
      const simd::Vector xhat = (simd::load(in + j) - mean) * inverse;
      const simd::Vector weighted = g * w.at(j);
      row_gradients = row_gradients + weighted;
      row_products = simd::fma(weighted, xhat, row_products);
      add_to(dw + j, g * xhat);
      add_to(db + j, g);
    }
    gradients.add(row_gradients);
    products.add(row_products);
  }
  const double pixels = static_cast<double>(x.height) * x.width;
  simd::store(c.common + first, gradients.over(pixels));
  simd::store(c.steepness + first, products.over(pixels));
}

/// dx = inverse_deviation * (dy * weight - common - xhat * steepness) over one block.
template <class Weight>
void write_group_gradient(const ConstMaps& x, const ConstMaps& dy, const Maps& dx, int example,
                          int block, const Weight& weight, const ChannelNumbers& c) {
  const int first = block * simd::lanes;
  const simd::Vector mean = simd::load(c.mean + first);
  const simd::Vector inverse = simd::load(c.inverse_deviation + first);
  const simd::Vector common = simd::load(c.common + first);
  const simd::Vector slope = simd::load(c.steepness + first) * inverse;
  for (int i = 0; i < x.height; ++i) {
    const float* const in = row_of(x, example, block, i);
    const float* const gradient = row_of(dy, example, block, i);
    float* const out = row_of(dx, example, block, i);
    const auto w = weight.row(block, i);
    for (int j = 0; j < x.width * simd::lanes; j += simd::lanes) {
      const simd::Vector own = simd::load(gradient + j) * w.at(j) - common;
      simd::store(out + j, inverse * (own - slope * (simd::load(in + j) - mean)));
    }
  }
}

}  // namespace detail

/// Floats of scratch that a normalisation of so many channels needs, in either direction.
constexpr std::size_t group_norm_scratch(int channels) {
  return 4 * static_cast<std::size_t>(blocks(channels, simd::lanes)) *
         static_cast<std::size_t>(simd::lanes);
}

/// Normalisation of each group of channels of each example.
///
///     y = F((x - mean[g]) / sqrt(variance[g] + epsilon) * weight + bias)
///
/// with mean and biased variance over the pixels of channels g*C/G to (g+1)*C/G - 1.
///
/// Shapes     x, y: blocked, of one shape; y may be x or what F reads
///            weight, bias: PerChannel or PerElement
/// Parameters F: a function of expr/function.hpp, or an Epilogue with what it reads
/// Cost       three passes over x
/// Accuracy   two passes for the statistics, rows in float and their sums in double: a few
///            roundings for any number of pixels
/// Requires   scratch: group_norm_scratch floats, aligned; G divides C
/// Ensures    lanes past the last channel are zero
template <class F = expr::Identity, class Affine, class Operands = NoOperands>
void group_norm(const ConstMaps& x, const Maps& y, int groups, float epsilon, const Affine& weight,
                const Affine& bias, float* scratch, const Operands& operands = {}) {
  const detail::ChannelNumbers c(scratch, x.channels);
  for (int n = 0; n < x.examples; ++n) {
    detail::find_statistics(x, n, groups, epsilon, c);
    for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
      const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
      const simd::Vector mean = simd::load(c.mean + b * simd::lanes);
      const simd::Vector inverse = simd::load(c.inverse_deviation + b * simd::lanes);
      for (int i = 0; i < x.height; ++i) {
        const float* const in = row_of(x, n, b, i);
        float* const out = row_of(y, n, b, i);
        const auto w = weight.row(b, i);
        const auto shift = bias.row(b, i);
        const auto read = operands.at_example(n).at_block(b).at_row(i);
        for (int j = 0; j < x.width; ++j) {
          const std::ptrdiff_t at = std::ptrdiff_t{j} * simd::lanes;
          const simd::Vector xhat = (simd::load(in + at) - mean) * inverse;
          const simd::Vector v = simd::fma(xhat, w.at(at), shift.at(at));
          simd::store(out + at, detail::applied_inside<F>(read, v, j, inside));
        }
      }
    }
  }
}

/// The adjoint of `group_norm`, and the gradients of its weight and bias.
///
///     dx      = (dy * weight - avg(dy * weight) - xhat * avg(dy * weight * xhat))
///               / sqrt(variance + epsilon),      averages over the group
///     dweight = sum of dy * xhat,  dbias = sum of dy
///
/// Shapes     x, dy, dx: blocked, of one shape; dx may be dy    dweight, dbias: as the weight, or
///            null
/// Cost       the statistics once more, then two passes over x and dy
/// Accuracy   as `group_norm`; the gradients of the parameters are added up in float from example
///            to example
/// Requires   scratch: group_norm_scratch floats, aligned; G divides C
/// Ensures    dx is overwritten, and dweight and dbias where they are not null
template <class Weight>
void group_norm_backward(const ConstMaps& x, const ConstMaps& dy, const Maps& dx, int groups,
                         float epsilon, const Weight& weight, float* dweight, float* dbias,
                         float* scratch) {
  const detail::ChannelNumbers c(scratch, x.channels);
  const int count = blocks(x.channels, simd::lanes);
  for (float* const gradient : {dweight, dbias}) {
    if (gradient != nullptr) std::fill_n(gradient, weight.floats(x.channels), 0.0F);
  }
  for (int n = 0; n < x.examples; ++n) {
    detail::find_statistics(x, n, groups, epsilon, c);
    for (int b = 0; b < count; ++b) {
      detail::find_gradients(x, dy, n, b, weight, c, {dweight, dbias});
    }
    detail::average_in_groups(c.common, x.channels, groups);
    detail::average_in_groups(c.steepness, x.channels, groups);
    for (int b = 0; b < count; ++b) detail::write_group_gradient(x, dy, dx, n, b, weight, c);
  }
}

}  // namespace convexpr::kernels
