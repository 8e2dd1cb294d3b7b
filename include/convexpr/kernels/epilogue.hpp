// The elementwise function at the end of a kernel: on the sums while they are in registers, or on a
// row that has just been stored.
//
// Functions are those of expr/function.hpp. An `Epilogue` is one that reads other maps as well, at
// the place that is being written, and numbers for each channel.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/expr/function.hpp>
#include <convexpr/kernels/elementwise.hpp>
#include <convexpr/simd/prefetch.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <type_traits>

namespace convexpr::kernels {

/// F of a kernel's own result, of `Tensors` maps of the shape of its output, then of numbers for
/// each channel; `Scalars` says whether one number for all is among those.
template <class F, int Tensors = 0, bool Scalars = false>
struct Epilogue {
  using Function = F;
  static constexpr int tensors = Tensors;
  static constexpr int channels = F::inputs - 1 - Tensors;
  static constexpr bool zero_at_zero = F::zero_at_zero && !Scalars;
  static constexpr bool few_instructions = F::few_instructions;
};

/// What an epilogue reads, seen from some place of the output.
template <class E>
class EpilogueOperands {
  struct Place {
    const float* data;
    std::ptrdiff_t block;  // from one block of channels to the next, in floats
    std::ptrdiff_t row;
    std::ptrdiff_t example;
  };

 public:
  EpilogueOperands(const std::array<ConstMaps, E::tensors>& maps,
                   const std::array<ChannelValues, E::channels>& channels)
      : channels_(channels) {
    simd::unroll<E::tensors>([&](auto t) {
      places_[t] = {maps[t].data, maps[t].block_stride, maps[t].row_stride, maps[t].example_stride};
    });
  }

  /// The same, seen from another place.
  EpilogueOperands at_example(int n) const {
    return moved([n](const Place& p) { return n * p.example; });
  }
  EpilogueOperands at_row(int i) const {
    return moved([i](const Place& p) { return i * p.row; });
  }
  EpilogueOperands at_column(int j) const {
    return moved([j](const Place&) { return std::ptrdiff_t{j} * simd::lanes; });
  }
  EpilogueOperands at_block(int b) const {
    EpilogueOperands out = moved([b](const Place& p) { return b * p.block; });
    out.block_ += b;
    return out;
  }
  /// With examples for rows, as a product of a batch of vectors has them.
  EpilogueOperands examples_as_rows() const {
    EpilogueOperands out = *this;
    for (Place& p : out.places_) p.row = p.example;
    return out;
  }

  /// Asks for the maps some blocks, rows and columns further.
  CONVEXPR_INLINE void prefetch(int block, int row, int column) const {
    simd::unroll<E::tensors>([&](auto t) __attribute__((always_inline)) {
      const Place& p = places_[t];
      simd::prefetch(p.data + block * p.block + row * p.row + std::ptrdiff_t{column} * simd::lanes);
    });
  }

  /// The function of `v`, which stands some blocks, rows and columns further.
  CONVEXPR_INLINE simd::Vector value(simd::Vector v, int block, int row, int column) const {
    expr::Vectors<E::Function::inputs> in;
    in[0] = v;
    simd::unroll<E::tensors>([&](auto t) __attribute__((always_inline)) {
      const Place& p = places_[t];
      in[1 + t] =
          simd::load(p.data + block * p.block + row * p.row + std::ptrdiff_t{column} * simd::lanes);
    });
    simd::unroll<E::channels>([&](auto c) __attribute__((always_inline)) {
      in[1 + E::tensors + c] = channels_[c].of_block(block_ + block);
    });
    return E::Function::values(in)[0];
  }

 private:
  template <class Distance>
  EpilogueOperands moved(Distance distance) const {
    EpilogueOperands out = *this;
    simd::unroll<E::tensors>([&](auto t) { out.places_[t].data += distance(places_[t]); });
    return out;
  }

  std::array<Place, E::tensors> places_;
  std::array<ChannelValues, E::channels> channels_;
  int block_ = 0;
};

/// A function of the kernel's own result alone has no operands.
struct NoOperands {
  NoOperands at_example(int) const { return {}; }
  NoOperands at_row(int) const { return {}; }
  NoOperands at_column(int) const { return {}; }
  NoOperands at_block(int) const { return {}; }
  NoOperands examples_as_rows() const { return {}; }
};

namespace detail {

// Short functions are applied to the registers; others, of which every register would need a copy
// of the code, by a loop over what was stored.
template <class F>
inline constexpr bool in_registers = F::few_instructions;
template <class F>
using InRegisters = std::conditional_t<in_registers<F>, F, expr::Identity>;

/// What a function reads, if it is applied to the registers.
template <class F, class Operands>
constexpr auto read_in_registers(const Operands& operands) {
  if constexpr (in_registers<F>) {
    return operands;
  } else {
    return NoOperands{};
  }
}

/// The function of a value at some blocks, rows and columns from where the operands are seen.
template <class F>
CONVEXPR_INLINE simd::Vector applied(const NoOperands&, simd::Vector v, int, int, int) {
  return F::value(v);
}
template <class, class E>
CONVEXPR_INLINE simd::Vector applied(const EpilogueOperands<E>& operands, simd::Vector v, int block,
                                     int row, int column) {
  return operands.value(v, block, row, column);
}

/// The function of a value of a row whose operands are seen from its first pixel; zero in the lanes
/// that hold no channel.
template <class F, class Operands>
CONVEXPR_INLINE simd::Vector applied_inside(const Operands& operands, simd::Vector v, int column,
                                            simd::Mask inside) {
  const simd::Vector value = applied<F>(operands, v, 0, 0, column);
  return F::zero_at_zero ? value : simd::select(inside, value, simd::zero());
}

/// Applies F to `width` vectors in place; lanes that are not `inside` become zero.
template <class F, class Operands>
void apply_to_row(float* row, int width, simd::Mask inside, const Operands& operands) {
  for (int j = 0; j < width; ++j) {
    float* const at = row + std::ptrdiff_t{j} * simd::lanes;
    simd::store(at, applied_inside<F>(operands, simd::load(at), j, inside));
  }
}

/// Clears the lanes past the last channel in one example's last block of channels.
inline void clear_tail_lanes(float* last_block, const Maps& y) {
  const int used = y.channels % simd::lanes;
  if (used == 0) return;
  for (int i = 0; i < y.height; ++i) {
    for (int j = 0; j < y.width; ++j) {
      float* pixel = last_block + i * y.row_stride + std::ptrdiff_t{j} * simd::lanes;
      std::fill(pixel + used, pixel + simd::lanes, 0.0F);
    }
  }
}

/// Likewise, where F was applied to all lanes of the registers and left more than zeros there.
template <class F>
void clear_tail_lanes_of(const Maps& y, int example) {
  if constexpr (in_registers<F> && !F::zero_at_zero) {
    clear_tail_lanes(row_of(y, example, blocks(y.channels, simd::lanes) - 1, 0), y);
  }
}

}  // namespace detail

}  // namespace convexpr::kernels
