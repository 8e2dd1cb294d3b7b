// The graph of an architecture with fewer channels: what passes make of it is what they make of the
// whole, for vectors that are shorter in proportion, and its values are computed in no time.
#pragma once

#include <convexpr/graph/writer.hpp>
#include <convexpr/layers/layers.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

namespace cx = convexpr;
namespace graph = convexpr::graph;

/// Layers with weights declare themselves anew, for a `divisor`th of their outputs.
class ThinGraph : graph::Writer {
 public:
  ThinGraph(const graph::Graph& whole, int divisor)
      : Writer(whole.node(0).op.out), whole_(whole), divisor_(divisor) {
    graph_.scopes = whole.scopes;
    for (int i = 1; i < whole.size(); ++i) add(whole.node(i));
    graph_.heads = whole.heads;
    thin_ = finish(whole.output);
  }

  const graph::Graph& graph() const { return thin_; }

 private:
  int thin(int channels) const { return (channels + divisor_ - 1) / divisor_; }

  void add(const graph::Node& n) {
    const std::span<const int> from = whole_.inputs(n);
    const cx::Shape in = value(from[0]);
    if (n.op.kind == cx::Kind::concat || n.op.kind == cx::Kind::sum) {
      join(n.op.kind, from, n.scope);
      return;
    }
    cx::Declaration d;
    d.op.in = d.op.out = in;
    declare(n.op, in, d);
    if (d.refusal.happened() || n.owner != n.layer) {
      throw std::logic_error("no thin graph has " + std::string(cx::name(n.op)));
    }
    add_layer(d, from, n.scope);
  }

  void declare(const cx::Operation& op, cx::Shape in, cx::Declaration& d) const {
    const cx::Window& w = op.window;
    const int out = thin(op.out.channels);
    switch (op.kind) {
      case cx::Kind::conv2d:
        cx::detail::declare_convolution(
            "conv2d", in, out,
            {w.kernel, w.stride, w.padding, w.dilation, op.groups, op.bias, op.padding_mode}, d);
        break;
      case cx::Kind::conv_transpose2d:
        cx::detail::declare_conv_transpose(
            "conv_transpose2d", in, out,
            {w.kernel, w.stride, w.padding, {0}, w.dilation, op.groups, op.bias}, d);
        break;
      case cx::Kind::depthwise_conv2d:
        cx::detail::declare_depthwise_conv2d(
            in,
            {w.kernel, w.stride, w.padding, w.dilation, op.out.channels / op.in.channels, op.bias},
            d);
        break;
      case cx::Kind::linear: cx::detail::declare_linear(in, out, {op.bias}, d); break;
      case cx::Kind::batch_norm2d:
        cx::detail::declare_batch_norm2d(in, {op.epsilon, op.momentum, op.affine}, d);
        break;
      case cx::Kind::flatten: cx::Flatten::declare(in, d); break;
      default: d.op = without_parameters(op, in);
    }
  }

  /// The operation of a layer that keeps the number of channels.
  static cx::Operation without_parameters(cx::Operation op, cx::Shape in) {
    op.in = in;
    op.out.channels = in.channels;
    return op;
  }

  const graph::Graph& whole_;
  int divisor_;
  graph::Graph thin_;
};

}  // namespace support
