// Fully connected layers: the product of a batch of feature vectors with a matrix of weights, its
// two adjoints, and the packing of the matrix.
//
// All three products are one loop over register tiles, detail::product, given different strides. A
// vector of n features is a blocked map n x 1 x 1 whose blocks follow one another without a gap.
#pragma once

#include <algorithm>
#include <convexpr/kernels/epilogue.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/transpose.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <type_traits>

namespace convexpr::kernels {

namespace detail {

/// c[m][n] = F(start[m][n] + sum over k of a[m,k] * b[k][n]): a's elements are floats, those of b,
/// start and c are vectors; every distance is counted in floats. What F reads besides lies in row m
/// of block n.
struct Product {
  int rows, columns, depth;
  const float* a;
  std::ptrdiff_t a_row, a_step;
  const float* b;
  std::ptrdiff_t b_column, b_step;
  const float* start;  // or nullptr for zeros
  std::ptrdiff_t start_row, start_column;
  float* c;
  std::ptrdiff_t c_row, c_column;
};

/// Rows x Columns vectors of a product. A small tile sums the depth in several interleaved parts,
/// so that eight sums at least are under way at a time: what hides the latency of fma.
template <int Rows, int Columns, class F, class Operands>
void product_tile(const Product& p, int row, int column, const Operands& operands) {
  constexpr int size = Rows * Columns;
  constexpr int parts = (8 + size - 1) / size;
  simd::Vector sums[parts * size];
  CONVEXPR_UNROLL
  for (int i = 0; i < parts * size; ++i) sums[i] = simd::zero();
  const float* a = p.a + row * p.a_row;
  const float* b = p.b + column * p.b_column;
  const auto add_term = [&](int part) __attribute__((always_inline)) {
    simd::Vector w[Columns];
    CONVEXPR_UNROLL
    for (int n = 0; n < Columns; ++n) w[n] = simd::load(b + n * p.b_column);
    CONVEXPR_UNROLL
    for (int m = 0; m < Rows; ++m) {
      const simd::Vector v = simd::broadcast(a[m * p.a_row]);
      CONVEXPR_UNROLL
      for (int n = 0; n < Columns; ++n) {
        const int i = part * size + m * Columns + n;
        sums[i] = simd::fma(v, w[n], sums[i]);
      }
    }
    a += p.a_step;
    b += p.b_step;
  };
  int k = 0;
  // Clang would run two passes into each other, and the sums do not all fit the registers then.
#pragma GCC unroll 1
  for (; k + parts <= p.depth; k += parts) {
    CONVEXPR_UNROLL
    for (int part = 0; part < parts; ++part) add_term(part);
  }
  for (; k < p.depth; ++k) add_term(0);
  CONVEXPR_UNROLL
  for (int i = 0; i < (parts - 1) * size; ++i) sums[i % size] = sums[i % size] + sums[i + size];

  const float* start = p.start + (p.start ? row * p.start_row + column * p.start_column : 0);
  float* c = p.c + row * p.c_row + column * p.c_column;
  CONVEXPR_UNROLL
  for (int i = 0; i < size; ++i) {
    const int m = i / Columns;
    const int n = i % Columns;
    if (p.start) sums[i] = sums[i] + simd::load(start + m * p.start_row + n * p.start_column);
    simd::store(c + m * p.c_row + n * p.c_column,
                applied<F>(operands, sums[i], column + n, row + m, 0));
  }
}

inline constexpr int product_rows = 6;
inline constexpr int product_columns = simd::registers == 32 ? 4 : 2;

/// The columns from `column` on, as many at a time as a tile takes, then half as many.
template <int Columns, class F, class Operands>
void product_from(const Product& p, int column, const Operands& operands) {
  for (; column + Columns <= p.columns; column += Columns) {
    int row = 0;
    for (; row + product_rows <= p.rows; row += product_rows) {
      product_tile<product_rows, Columns, F>(p, row, column, operands);
    }
    for (; row < p.rows; ++row) product_tile<1, Columns, F>(p, row, column, operands);
  }
  if constexpr (Columns > 1) product_from<Columns / 2, F>(p, column, operands);
}

template <class F, class Operands = NoOperands>
void product(const Product& p, const Operands& operands = {}) {
  product_from<product_columns, F>(p, 0, operands);
}

}  // namespace detail

/// Floats in a packed matrix of `out` x `in` weights: ceil(out / lanes) blocks of in x lanes.
constexpr std::size_t packed_linear_size(int in, int out) {
  return static_cast<std::size_t>(blocks(out, simd::lanes)) * static_cast<std::size_t>(in) *
         static_cast<std::size_t>(simd::lanes);
}

/// Where the weight from input `i` to output `o` lies in a packed matrix.
constexpr std::ptrdiff_t packed_linear_offset(int in, int i, int o) {
  return (static_cast<std::ptrdiff_t>(o / simd::lanes) * in + i) * simd::lanes + o % simd::lanes;
}

/// Packs a row-major matrix of out x in weights; outputs past the last one become zeros.
inline void pack_linear(int in, int out, const float* plain, float* packed) {
  std::fill_n(packed, packed_linear_size(in, out), 0.0F);
  for (int o = 0; o < out; ++o) {
    for (int i = 0; i < in; ++i) packed[packed_linear_offset(in, i, o)] = *plain++;
  }
}

/// Undoes pack_linear.
inline void unpack_linear(int in, int out, const float* packed, float* plain) {
  for (int o = 0; o < out; ++o) {
    for (int i = 0; i < in; ++i) *plain++ = packed[packed_linear_offset(in, i, o)];
  }
}

/// Every feature of the output from every feature of the input.
///
///     y[o] = F(b[o] + sum over i of w[o,i] * x[i])
///
/// Shapes     x: I x 1 x 1    w: O x I, packed    b: O, padded with zeros, or nullptr
///            y: O x 1 x 1
/// Cost       O*I multiply-accumulates per example
/// Accuracy   sums in an order of their own: error up to I * 2^-24 * sum |w x| before F
/// Parameters F: a function of expr/function.hpp, or an Epilogue with what it reads
/// Requires   blocks of a vector contiguous (block_stride == lanes); a map that F reads may be y if
///            F has few instructions
/// Ensures    the lanes of y past O are zero, whatever F(0) is
template <class F, class Operands = NoOperands>
void linear(const ConstMaps& x, const float* packed, const float* bias, const Maps& y,
            const Operands& operands = {}) {
  const int in = x.channels;
  const int out_blocks = blocks(y.channels, simd::lanes);
  detail::product<detail::InRegisters<F>>(
      {.rows = x.examples,
       .columns = out_blocks,
       .depth = in,
       .a = x.data,
       .a_row = x.example_stride,
       .a_step = 1,
       .b = packed,
       .b_column = std::ptrdiff_t{in} * simd::lanes,
       .b_step = simd::lanes,
       .start = bias,
       .start_row = 0,
       .start_column = simd::lanes,
       .c = y.data,
       .c_row = y.example_stride,
       .c_column = simd::lanes},
      detail::read_in_registers<F>(operands.examples_as_rows()));
  for (int n = 0; n < y.examples; ++n) {
    float* example = y.data + n * y.example_stride;
    if constexpr (!detail::in_registers<F>) {
      const auto read = operands.at_example(n);
      for (int b = 0; b < out_blocks; ++b) {
        float* const at = example + std::ptrdiff_t{b} * simd::lanes;
        simd::store(at, detail::applied<F>(read, simd::load(at), b, 0, 0));
      }
    }
    std::fill(example + y.channels, example + out_blocks * simd::lanes, 0.0F);
  }
}

namespace detail {

/// dx as dot products with the weights as they are packed. Reads them once, without rewriting them:
/// what a few examples want.
inline void linear_backward_data_dots(const ConstMaps& dy, const float* packed,
                                      std::ptrdiff_t block_stride, const Maps& dx) {
  constexpr int together = 8;  // inputs: as many sums hide the latency of fma
  const int in = dx.channels;
  const int out_blocks = blocks(dy.channels, simd::lanes);
  for (int n = 0; n < dx.examples; ++n) {
    const float* v = dy.data + n * dy.example_stride;
    float* to = dx.data + n * dx.example_stride;
    const auto dots = [&]<int Count>(std::integral_constant<int, Count>,
                                     int i) __attribute__((always_inline)) {
      simd::Vector sums[Count];
      CONVEXPR_UNROLL
      for (int j = 0; j < Count; ++j) sums[j] = simd::zero();
      const float* w = packed + i * simd::lanes;
      for (int block = 0; block < out_blocks; ++block, w += block_stride) {
        const simd::Vector dy_block = simd::load(v + block * simd::lanes);
        CONVEXPR_UNROLL
        for (int j = 0; j < Count; ++j) {
          sums[j] = simd::fma(dy_block, simd::load(w + j * simd::lanes), sums[j]);
        }
      }
      CONVEXPR_UNROLL
      for (int j = 0; j < Count; ++j) to[i + j] = simd::sum(sums[j]);
    };
    int i = 0;
    for (; i + together <= in; i += together) dots(std::integral_constant<int, together>{}, i);
    for (; i < in; ++i) dots(std::integral_constant<int, 1>{}, i);
    std::fill(to + in, to + blocks(in, simd::lanes) * simd::lanes, 0.0F);
  }
}

/// Outputs o to o + depth of the blocks of inputs from `first` on, `in` inputs from `packed` on, turned
/// round so that a vector holds inputs: transposed[block][output][lanes], the blocks `piece` outputs
/// apart.
inline void transpose_linear(int in, const float* packed, std::ptrdiff_t block_stride, int first,
                             int count, int o, int depth, int piece, float* transposed) {
  for (int block = 0; block < count; ++block) {
    const int i = (first + block) * simd::lanes;
    const int inputs = std::min(simd::lanes, in - i);
    float* to = transposed + block * piece * simd::lanes;
    if (inputs < simd::lanes) std::fill_n(to, piece * simd::lanes, 0.0F);
    for (int k = 0; k < depth; k += simd::lanes) {
      transpose_block(packed + (o + k) / simd::lanes * block_stride + i * simd::lanes, inputs,
                      to + k * simd::lanes);
    }
  }
}

}  // namespace detail

/// The adjoint of the input: dx[i] = sum over o of w[o,i] * dy[o].
///
/// Shapes     dy: O x 1 x 1    w: O x I, packed    dx: I x 1 x 1
/// Cost       O*I multiply-accumulates per example; from 6 examples on, the weights are turned
///            round piece by piece, for about the cost of 10 examples more
/// Accuracy   error up to O * 2^-24 * sum |w dy|
/// Requires   blocks of a vector contiguous (block_stride == lanes); lanes of dy past O zero
///            where dx is some blocks of the inputs, `in` says how many inputs there are, and `packed`
///            points at the weights of the first of these
inline void linear_backward_data(const ConstMaps& dy, const float* packed, const Maps& dx, int in) {
  const std::ptrdiff_t block_stride = std::ptrdiff_t{in} * simd::lanes;
  constexpr int group = detail::product_columns;  // blocks of inputs turned together
  constexpr int piece = 64;                       // outputs turned together
  static_assert(piece % simd::lanes == 0);
  if (dx.examples < detail::product_rows) {
    return detail::linear_backward_data_dots(dy, packed, block_stride, dx);
  }
  alignas(simd::alignment) float transposed[group * piece * simd::lanes];
  const int in_blocks = blocks(dx.channels, simd::lanes);
  for (int first = 0; first < in_blocks; first += group) {
    const int columns = std::min(group, in_blocks - first);
    float* to = dx.data + first * simd::lanes;
    for (int o = 0; o < dy.channels; o += piece) {
      const int depth = std::min(piece, dy.channels - o);
      detail::transpose_linear(dx.channels, packed, block_stride, first, columns, o, depth, piece,
                               transposed);
      detail::product<expr::Identity>({.rows = dx.examples,
                                       .columns = columns,
                                       .depth = depth,
                                       .a = dy.data + o,
                                       .a_row = dy.example_stride,
                                       .a_step = 1,
                                       .b = transposed,
                                       .b_column = piece * simd::lanes,
                                       .b_step = simd::lanes,
                                       .start = o == 0 ? nullptr : to,
                                       .start_row = dx.example_stride,
                                       .start_column = simd::lanes,
                                       .c = to,
                                       .c_row = dx.example_stride,
                                       .c_column = simd::lanes});
    }
  }
}

inline void linear_backward_data(const ConstMaps& dy, const float* packed, const Maps& dx) {
  linear_backward_data(dy, packed, dx, dx.channels);
}

/// The adjoints of the weights, dw[o,i] = sum of dy[o] * x[i], and of the bias, db[o] = sum of
/// dy[o], summed over the examples.
///
/// Shapes     x: I x 1 x 1    dy: O x 1 x 1    dw: O x I, packed    db: O, padded, or nullptr
/// Cost       O*I multiply-accumulates per example
/// Requires   blocks of a vector contiguous (block_stride == lanes); lanes of dy past O zero
/// Ensures    positions of dw and db past O are zero
inline void linear_backward_weights(const ConstMaps& x, const ConstMaps& dy, float* dpacked,
                                    float* dbias) {
  const int in = x.channels;
  const int out_blocks = blocks(dy.channels, simd::lanes);
  detail::product<expr::Identity>({.rows = in,
                                   .columns = out_blocks,
                                   .depth = x.examples,
                                   .a = x.data,
                                   .a_row = 1,
                                   .a_step = x.example_stride,
                                   .b = dy.data,
                                   .b_column = simd::lanes,
                                   .b_step = dy.example_stride,
                                   .start = nullptr,
                                   .start_row = 0,
                                   .start_column = 0,
                                   .c = dpacked,
                                   .c_row = simd::lanes,
                                   .c_column = std::ptrdiff_t{in} * simd::lanes});
  if (dbias == nullptr) return;
  for (int block = 0; block < out_blocks; ++block) {
    simd::Vector sum = simd::zero();
    for (int n = 0; n < dy.examples; ++n) {
      sum = sum + simd::load(dy.data + n * dy.example_stride + block * simd::lanes);
    }
    simd::store(dbias + block * simd::lanes, sum);
  }
}

}  // namespace convexpr::kernels
