// Pass: in inference a pool takes the output of a convolution from registers.
#pragma once

#include <convexpr/graph/rewrite.hpp>

namespace convexpr::graph {

/// Whether a pool's windows lie side by side and cover the image.
constexpr bool tiles_image(const Operation& pool) {
  const Window& w = pool.window;
  return w.stride == w.kernel && w.padding == Padding{} && w.dilation == Extent2(1) &&
         pool.in.height % w.kernel.h == 0 && pool.in.width % w.kernel.w == 0;
}

/// Whether windows fill a tile of Winograd's filtering.
constexpr bool divides_tile(Extent2 window, int outputs) {
  return outputs % window.h == 0 && outputs % window.w == 0;
}

/// Whether the registers of a tile hold whole windows, and the function before is short.
constexpr bool pools_in_registers(const Graph& g, const Node& conv, const Operation& pool) {
  constexpr int largest = 4;  // along an axis: a tile has few rows
  return conv.op.kind == Kind::conv2d && conv.role == Role::forward &&
         (conv.tile_outputs == 0 || divides_tile(pool.window.kernel, conv.tile_outputs)) &&
         conv.pool == Pooling{} && conv.input_count == conv.own_inputs &&
         pool.window.kernel.h <= largest && pool.window.kernel.w <= largest &&
         (conv.epilogue < 0 || expr::few_instructions(g.formula(conv.epilogue)));
}

/// Lets max and average pools whose windows do not overlap ride on the convolution before, if
/// nothing else reads that.
constexpr void fuse_pooling(Graph& g) {
  const std::vector<int> consumers = consumer_counts(g);
  Replacement replacement(g);
  for (int i = 1; i < g.size(); ++i) {
    const Node& n = g.node(i);
    if (n.removed || (n.op.kind != Kind::max_pool2d && n.op.kind != Kind::avg_pool2d)) continue;
    const int x = g.inputs(n)[0];
    Node& conv = g.node(x);
    if (consumers[static_cast<std::size_t>(x)] != 1 || !tiles_image(n.op) ||
        !pools_in_registers(g, conv, n.op)) {
      continue;
    }
    conv.pool = {n.op.window.kernel, n.op.kind == Kind::max_pool2d};
    conv.op.out = n.op.out;
    replacement.rides(i, x);
  }
  replacement.apply(g);
}

}  // namespace convexpr::graph
