// One elementwise function over whole feature maps, where no producer could take it along: values
// forward, and the adjoints that were derived from it.
//
// The functions are those of expr/function.hpp: every vector of the results is computed in registers
// from one vector of every input, in one pass over memory.
#pragma once

#include <array>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/pixel_sum.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>

namespace convexpr::kernels {

/// What a function reads besides maps: a number for each channel, padded to whole vectors with
/// zeros, or one for all.
struct ChannelValues {
  const float* data = nullptr;
  bool per_channel = true;

  simd::Vector of_block(int block) const {
    return per_channel ? simd::load_unaligned(data + std::ptrdiff_t{block} * simd::lanes)
                       : simd::broadcast(*data);
  }
};

/// Where the sums of a result over all pixels go, likewise.
struct ChannelSums {
  float* data = nullptr;
  bool per_channel = true;
};

namespace detail {

/// F of v, and zero in the lanes that hold no channel.
template <class F>
CONVEXPR_INLINE simd::Vector value_inside(simd::Vector v, simd::Mask inside) {
  if constexpr (F::zero_at_zero) return F::value(v);
  return simd::select(inside, F::value(v), simd::zero());
}

template <std::size_t N, class Map>
bool all_contiguous(const std::array<Map, N>& maps) {
  for (const Map& m : maps) {
    if (m.row_stride != std::ptrdiff_t{m.width} * simd::lanes) return false;
  }
  return true;
}

/// The sums of one result of a function that no map takes.
class ResultSum {
 public:
  void add(simd::Vector row) { block_.add(row); }
  /// Gives what one block of channels summed up to.
  void close_block(const ChannelSums& to, int block, simd::Mask inside) {
    if (to.per_channel) {
      simd::store_unaligned(to.data + std::ptrdiff_t{block} * simd::lanes,
                            simd::select(inside, block_.over(1.0), simd::zero()));
    } else {
      total_ += block_.total();
      *to.data = static_cast<float>(total_);
    }
    block_ = {};
  }

 private:
  PixelSum block_;
  double total_ = 0;
};

}  // namespace detail

/// Applies an elementwise function of several maps and of numbers for their channels.
///
///     ys[r] = F(xs..., channels...)[r]                     for the first results, one for each map
///     sums[s] = sum of F(xs..., channels...)[Outputs + s]  for the others, over all pixels
///
/// Shapes     xs, ys: blocked, of one shape; ys may be any of xs, each another
///            channels, sums: C numbers, padded to whole vectors, or one
/// Parameters Scalars: whether one number for all is among the channels
/// Accuracy   sums: rows in float, their sums in double
/// Ensures    lanes past the last channel are zero, whatever F makes of zeros; sums are overwritten
template <class F, bool Scalars, std::size_t Tensors, std::size_t Channels, std::size_t Outputs,
          std::size_t Sums>
void elementwise(const std::array<ConstMaps, Tensors>& xs,
                 const std::array<ChannelValues, Channels>& channels,
                 const std::array<Maps, Outputs>& ys, const std::array<ChannelSums, Sums>& sums) {
  static_assert(Tensors + Channels == F::inputs && Outputs + Sums == F::results && Tensors > 0);
  constexpr bool keeps_zeros = F::zero_at_zero && !Scalars;
  const ConstMaps& x = xs[0];
  const bool whole = detail::all_contiguous(xs) && detail::all_contiguous(ys);
  const int rows = whole ? 1 : x.height;
  const std::ptrdiff_t row = std::ptrdiff_t{whole ? x.height * x.width : x.width} * simd::lanes;
  std::array<detail::ResultSum, Sums> totals;
  for (int b = 0; b < blocks(x.channels, simd::lanes); ++b) {
    const simd::Mask inside = simd::first_lanes(x.channels - b * simd::lanes);
    std::array<simd::Vector, F::inputs> values;
    simd::unroll<Channels>([&](auto c) { values[Tensors + c] = channels[c].of_block(b); });
    for (int n = 0; n < x.examples; ++n) {
      for (int i = 0; i < rows; ++i) {
        std::array<const float*, Tensors> in;
        std::array<float*, Outputs> out;
        std::array<simd::Vector, Sums> sum;
        simd::unroll<Tensors>([&](auto t) { in[t] = row_of(xs[t], n, b, i); });
        simd::unroll<Outputs>([&](auto r) { out[r] = row_of(ys[r], n, b, i); });
        simd::unroll<Sums>([&](auto s) { sum[s] = simd::zero(); });
        for (std::ptrdiff_t j = 0; j < row; j += simd::lanes) {
          simd::unroll<Tensors>([&](auto t) { values[t] = simd::load(in[t] + j); });
          const auto results = F::values(values);
          simd::unroll<Outputs>([&](auto r) {
            simd::store(out[r] + j,
                        keeps_zeros ? results[r] : simd::select(inside, results[r], simd::zero()));
          });
          simd::unroll<Sums>([&](auto s) { sum[s] = sum[s] + results[Outputs + s]; });
        }
        simd::unroll<Sums>([&](auto s) {
          totals[s].add(keeps_zeros ? sum[s] : simd::select(inside, sum[s], simd::zero()));
        });
      }
    }
    simd::unroll<Sums>([&](auto s) { totals[s].close_block(sums[s], b, inside); });
  }
}

/// A function of one map.
template <class F>
void elementwise(const ConstMaps& x, const Maps& y) {
  elementwise<F, false>(std::array{x}, std::array<ChannelValues, 0>{}, std::array{y},
                        std::array<ChannelSums, 0>{});
}

}  // namespace convexpr::kernels
