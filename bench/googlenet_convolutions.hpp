// The convolutions of GoogLeNet, and each with operands of its own, ready to run.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/expr/function.hpp>
#include <convexpr/kernels/conv2d_direct.hpp>
#include <convexpr/layers/activation.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <cstddef>
#include <utility>

#include "numbers.hpp"

namespace convexpr::bench {

/// A convolution of square images that keeps their size, or divides it by the stride.
struct ConvLayer {
  int in = 0;
  int out = 0;
  int extent = 0;  // of the output
  int kernel = 1;
  int stride = 1;
  int count = 1;  // how often the network has it

  constexpr int in_extent() const { return extent * stride; }
  constexpr double flop() const { return 2.0 * in * out * kernel * kernel * extent * extent; }
};

inline constexpr std::array googlenet_convolutions{
    ConvLayer{3, 64, 112, 7, 2}, ConvLayer{64, 64, 56}, ConvLayer{64, 192, 56, 3},
    // inception 3a and 3b
    ConvLayer{192, 64, 28}, ConvLayer{192, 96, 28}, ConvLayer{96, 128, 28, 3},
    ConvLayer{192, 16, 28}, ConvLayer{16, 32, 28, 5}, ConvLayer{192, 32, 28},
    ConvLayer{256, 128, 28, 1, 1, 2}, ConvLayer{128, 192, 28, 3}, ConvLayer{256, 32, 28},
    ConvLayer{32, 96, 28, 5}, ConvLayer{256, 64, 28},
    // 4a to 4e
    ConvLayer{480, 192, 14}, ConvLayer{480, 96, 14}, ConvLayer{96, 208, 14, 3},
    ConvLayer{480, 16, 14}, ConvLayer{16, 48, 14, 5}, ConvLayer{480, 64, 14},
    ConvLayer{512, 160, 14}, ConvLayer{512, 112, 14, 1, 1, 2}, ConvLayer{112, 224, 14, 3},
    ConvLayer{512, 24, 14, 1, 1, 2}, ConvLayer{24, 64, 14, 5, 1, 2},
    ConvLayer{512, 64, 14, 1, 1, 3}, ConvLayer{512, 128, 14, 1, 1, 2}, ConvLayer{128, 256, 14, 3},
    ConvLayer{512, 144, 14}, ConvLayer{144, 288, 14, 3}, ConvLayer{512, 32, 14},
    ConvLayer{32, 64, 14, 5}, ConvLayer{528, 256, 14}, ConvLayer{528, 160, 14},
    ConvLayer{160, 320, 14, 3}, ConvLayer{528, 32, 14}, ConvLayer{32, 128, 14, 5},
    ConvLayer{528, 128, 14},
    // 5a and 5b
    ConvLayer{832, 256, 7}, ConvLayer{832, 160, 7}, ConvLayer{160, 320, 7, 3},
    ConvLayer{832, 32, 7}, ConvLayer{32, 128, 7, 5}, ConvLayer{832, 128, 7, 1, 1, 2},
    ConvLayer{832, 384, 7}, ConvLayer{832, 192, 7}, ConvLayer{192, 384, 7, 3},
    ConvLayer{832, 48, 7}, ConvLayer{48, 128, 7, 5}};

/// Calls f.template operator()<Layer>() for every layer of the table.
template <class F>
void for_each_convolution(F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f.template operator()<googlenet_convolutions[I]>(), ...);
  }(std::make_index_sequence<googlenet_convolutions.size()>{});
}

/// One convolution with a bias and ReLU behind it, for one example.
using Relu = expr::Function<expr::program_of<detail::formula_of<ReLU>>()>;

template <ConvLayer L>
class DirectConvolution {
 public:
  static constexpr int interleave = L.in < simd::lanes ? 1 : simd::lanes;
  static constexpr int padding = L.kernel / 2;
  static constexpr kernels::ConvGeometry geometry{
      L.in, L.out, 1, {.kernel = L.kernel, .stride = L.stride, .padding = padding}, interleave};
  static constexpr kernels::ConvTile tile = kernels::choose_conv_tile(
      L.extent, L.extent, kernels::blocks_beside(geometry), simd::registers);
  static constexpr bool half_last_block = kernels::half_last_block(L.out, tile);

  DirectConvolution() {
    for (AlignedBuffer<float>* buffer : {&x_, &w_, &b_, &y_}) fill_with_numbers(buffer->span());
  }

  void operator()() {
    const kernels::ConstMaps x{x_.data() + padding * (padded + 1) * interleave,
                               L.in,
                               L.in_extent(),
                               L.in_extent(),
                               padded * interleave,
                               padded * padded * interleave,
                               0};
    const kernels::Maps y{y_.data(),
                          L.out,
                          L.extent,
                          L.extent,
                          std::ptrdiff_t{L.extent} * simd::lanes,
                          std::ptrdiff_t{L.extent} * L.extent * simd::lanes,
                          0};
    kernels::conv2d_direct<interleave, L.stride, tile, Relu, half_last_block>(
        x, w_.data(), b_.data(), y, geometry);
  }

 private:
  static constexpr std::ptrdiff_t padded = L.in_extent() + 2 * padding;
  static constexpr std::size_t whole_out =
      static_cast<std::size_t>(kernels::blocks(L.out, simd::lanes) * simd::lanes);
  static constexpr std::size_t x_floats =
      static_cast<std::size_t>(padded * padded * interleave * kernels::blocks(L.in, interleave));

  AlignedBuffer<float> x_{x_floats};
  AlignedBuffer<float> w_{kernels::packed_size(geometry)};
  AlignedBuffer<float> b_{whole_out};
  AlignedBuffer<float> y_{whole_out * L.extent * L.extent};
};

}  // namespace convexpr::bench
