// Dense layers, and the step from an image to a vector of features.
#pragma once

#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// An image or a sequence as one vector, in C, H, W order.
///
/// Shapes     x: C x H x W    y: C*H*W
struct Flatten final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.kind = Kind::flatten;
    d.op.out = shape(static_cast<int>(in.size()));
  }
};

inline constexpr Flatten flatten{};

/// Options of `Linear`.
struct LinearOptions {
  bool bias = true;
};

namespace detail {

constexpr void declare_linear(Shape in, int out, const LinearOptions& o, Declaration& d) {
  d.op.kind = Kind::linear;
  d.op.bias = o.bias;
  if (out < 1) {
    d.refuse("linear: the output features must be positive", Sentence() << out, "1 or more",
             "write linear<10>");
  }
  if (in.rank != 1) {
    d.refuse("linear: the input must be a vector of features",
             Sentence() << words(in) << (in.rank == 3 ? ", an image" : ", a sequence"),
             Sentence() << "a vector, such as the " << static_cast<long long>(in.size())
                        << " features of flatten",
             "write flatten | linear<...>");
  }
  if (d.refusal.happened()) return;
  d.op.out = shape(out);
  d.add({.name = "weight", .extents = {out, in.channels}, .rank = 2, .packing = Packing::linear});
  if (o.bias) d.add({.name = "bias", .extents = {out}, .rank = 1});
  d.op.macs = static_cast<long long>(out) * in.channels;
}

}  // namespace detail

/// Every output is a weighted sum of every input, plus a bias.
///
///     y[o] = b[o] + sum over i of w[o,i] * x[i]
///
/// Shapes     x: I    w: O x I    b: O    y: O
/// Parameters O*I + O
/// Cost       O*I multiply-accumulates
/// Errors     while compiling: the input is no vector (an image without `flatten`); O not positive
/// See also   PyTorch's torch.nn.Linear
template <int Out, LinearOptions Options = LinearOptions{}>
struct Linear final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_linear(in, Out, Options, d);
  }
};

template <int Out, LinearOptions Options = LinearOptions{}>
inline constexpr Linear<Out, Options> linear{};

}  // namespace convexpr
