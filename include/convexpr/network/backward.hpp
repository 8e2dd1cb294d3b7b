// Adjoints of direct convolutions, as one thread or a team computes them.
//
// Weights are turned round by blocks, each by the member that reads it, or by all for all.
#pragma once

#include <convexpr/kernels/conv2d_backward_pointwise.hpp>
#include <convexpr/kernels/conv2d_backward_weights.hpp>
#include <convexpr/kernels/conv_transpose2d.hpp>
#include <convexpr/network/geometry.hpp>
#include <convexpr/network/sharing.hpp>

namespace convexpr::detail {

/// The adjoint of a convolution's input, with what rides on it: a Riding.
template <class Riding>
void run_conv2d_backward_data(const Call& c) {
  const kernels::ConvGeometry g = geometry_of(c.step);
  const float* const w = c.parameter(c.at.weight);
  float* const turned = c.scratch();
  if (g.interleave == 1) {
    return for_each_part(
        c.share, c.frame.examples, 1, [](int u) { return u; },
        [&](const Part& p) {
          kernels::conv2d_backward_data(c.of(p).whole_input(0), w, c.of(p).output(), g, turned);
        });
  }
  if (kernels::has_few_channels(g)) {
    return for_each_part(
        c.share, c.frame.examples, 1, [](int u) { return u; },
        [&](const Part& p) {
          const Call part = c.of(p);
          Riding::with(part, [&](auto function, const auto& operands) {
            kernels::conv2d_backward_data<decltype(function)>(part.whole_input(0), w, part.output(),
                                                              g, turned, operands);
          });
        });
  }
  const int in_blocks = kernels::blocks(g.in_channels, simd::lanes);
  const auto run = [&](const Part& p) {
    const Call part = c.of(p);
    Riding::with(part, [&](auto function, const auto& operands) {
      kernels::detail::blocked_backward_data<decltype(function)>(
          part.whole_input(0), turned_weights_of_part(part, turned), nullptr, part.output(),
          geometry_of(part), operands);
    });
  };
  constexpr int beside = 2;  // blocks of one tile
  const int pairs = (in_blocks + beside - 1) / beside;
  const auto block = [&](int u) { return std::min(u * beside, in_blocks); };
  if (g.groups == 1 && evenness(pairs, c.share.count) > 0.9) {
    const Range own = c.share.of(pairs);
    if (own.size() == 0) return;
    Part part;
    if (own.size() < pairs) {
      part.first_block = block(own.first);
      part.blocks = block(own.last) - part.first_block;
    }
    kernels::detail::turn_weights(g, w, turned, {block(own.first), block(own.last)});
    return run(part);
  }
  const Range own = c.share.of(in_blocks);
  kernels::detail::turn_weights(g, w, turned, {own.first, own.last});
  c.share.wait();
  for_each_part(c.share, c.frame.examples, g.groups == 1 ? pairs : 1, block, run);
}

/// The same of a convolution of single pixels: a convolution with the weights turned round. A strided one
/// is not divided by rows, some of which are zeros.
template <int Stride, kernels::ConvTile Tile, bool HalfLastBlock, class Riding>
void run_pointwise_backward_data(const Call& c) {
  const kernels::ConvGeometry g = geometry_of(c.step);
  const Range own = c.share.of(kernels::blocks(g.in_channels, simd::lanes));
  kernels::detail::turn_weights(g, c.parameter(c.at.weight), c.scratch(), {own.first, own.last});
  const RunStep run = [](const Call& part) {
    Riding::with(part, [&](auto function, const auto& operands) {
      kernels::conv2d_backward_data_pointwise<Stride, Tile, HalfLastBlock, decltype(function)>(
          part.whole_input(0), turned_weights_of_part(part, part.scratch()), part.output(),
          geometry_of(part), operands);
    });
  };
  if (c.share.count == 1) return run(c);
  c.share.wait();
  if constexpr (Stride == 1) {
    run_tiles(c, Tile, run);
  } else {
    run_groups(c, TileCuts(c.step, Tile), run);
  }
}

/// The adjoint of a transposed convolution's input.
template <int StrideW, kernels::ConvTile Tile, bool HalfLastBlock>
void run_conv_transpose2d_backward_data(const Call& c) {
  if (c.share.index == 0) {
    kernels::detail::turn_weights_back(geometry_of(c.step), c.parameter(c.at.weight), c.scratch());
  }
  const RunStep run = [](const Call& part) {
    kernels::conv2d_direct<simd::lanes, StrideW, Tile, expr::Identity, HalfLastBlock>(
        part.whole_input(0), weights_of_part(part, part.scratch()), nullptr, part.output(),
        geometry_of(part));
  };
  if (c.share.count == 1) return run(c);
  c.share.wait();
  run_tiles(c, Tile, run);
}

/// What the adjoint of a convolution's weights reads.
struct WeightOperands {
  kernels::ConvGeometry g;
  kernels::ConstMaps x;
  kernels::ConstMaps dy;
};

/// Those of a step, whose pixels are first put side by side where that is faster.
inline WeightOperands weight_operands(const Call& c) {
  WeightOperands o{geometry_of(c.step), c.whole_input(0), c.whole_input(1)};
  if (!kernels::gathers_pixels(o.g)) return o;
  const Range own = c.share.of(kernels::blocks(o.g.in_channels, simd::lanes));
  o.x = kernels::gather_pixels(o.x, o.g, {o.dy.height, o.dy.width}, c.scratch(),
                               {own.first, own.last});
  o.g.window.stride = Extent2(1);
  c.share.wait();
  return o;
}

/// The adjoint of the weights that lead from some blocks of input channels, `in`, to some of output
/// channels, `out`. Every weight is one sum, whose order does not depend on what is computed beside it.
template <kernels::WeightRuns R>
void backward_weights_between(const Call& c, WeightOperands o, Range in, Range out) {
  const std::ptrdiff_t out_stride = kernels::packed_block_stride(o.g);
  const Extent2 k = o.g.window.kernel;
  const std::ptrdiff_t in_stride = std::ptrdiff_t{o.g.interleave} * k.h * k.w * simd::lanes;
  const auto narrow = [](kernels::ConstMaps& m, Range blocks, int lanes) {
    m.data += blocks.first * m.block_stride;
    m.channels = std::min(blocks.size() * lanes, m.channels - blocks.first * lanes);
  };
  narrow(o.x, in, o.g.interleave);
  narrow(o.dy, out, simd::lanes);
  o.g.in_channels = o.x.channels;
  o.g.out_channels = o.dy.channels;
  float* const db = c.gradient(c.at.bias);
  kernels::conv2d_backward_weights<R>(
      o.x, o.dy, c.gradient(c.at.weight) + out.first * out_stride + in.first * in_stride,
      db == nullptr || in.first > 0 ? nullptr : db + out.first * simd::lanes, o.g, out_stride);
}

/// The adjoints of a convolution's weights and bias: by blocks of output channels, of which a tile
/// takes several, or else by those of input channels.
template <kernels::WeightRuns R>
void run_conv2d_backward_weights(const Call& c) {
  const WeightOperands o = weight_operands(c);
  if (c.share.count == 1) {
    return kernels::conv2d_backward_weights<R>(o.x, o.dy, c.gradient(c.at.weight),
                                               c.gradient(c.at.bias), o.g);
  }
  const int in_blocks = kernels::blocks(o.g.in_channels, o.g.interleave);
  const int out_blocks = kernels::blocks(o.g.out_channels, simd::lanes);
  const int pairs = (out_blocks + 1) / 2;
  if (1.1 * evenness(pairs, c.share.count) >= evenness(in_blocks, c.share.count)) {
    const Range own = c.share.of(pairs);
    const Range out{own.first * 2, std::min(own.last * 2, out_blocks)};
    if (out.size() > 0) backward_weights_between<R>(c, o, {0, in_blocks}, out);
  } else {
    const Range in = c.share.of(in_blocks);
    if (in.size() > 0) backward_weights_between<R>(c, o, in, {0, out_blocks});
  }
}

}  // namespace convexpr::detail
