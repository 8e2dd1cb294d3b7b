// Activations: elementwise functions, and the two that normalise over channels.
#pragma once

#include <convexpr/layers/layer.hpp>

namespace convexpr {

namespace detail {

constexpr void declare_elementwise(Kind kind, Shape in, Declaration& d) {
  d.op.kind = kind;
  d.op.out = in;
}

/// Over one channel the result is 1 whatever comes in, and its gradient 0: never what is meant.
constexpr void declare_softmax(std::string_view layer, Kind kind, Shape in, Declaration& d) {
  d.op.kind = kind;
  d.op.out = in;
  if (in.channels < 2) {
    d.refuse(
        Sentence() << layer << ": needs two or more channels or features to compare",
        in.size() > 1 ? (Sentence() << words(in) << ": flatten is missing before it") : words(in),
        "2 or more channels",
        in.size() > 1 ? Sentence() << "write flatten | " << layer
                      : Sentence("write sigmoid for the probability of one class"));
  }
}

}  // namespace detail

/// y = max(x, 0)
///
/// See also   PyTorch's torch.nn.ReLU; the slope at 0 is 0
struct ReLU final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_elementwise(Kind::relu, in, d);
  }
};

inline constexpr ReLU relu{};

/// y = 1 / (1 + exp(-x))
///
/// See also   PyTorch's torch.nn.Sigmoid
struct Sigmoid final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_elementwise(Kind::sigmoid, in, d);
  }
};

inline constexpr Sigmoid sigmoid{};

/// y = tanh(x)
///
/// See also   PyTorch's torch.nn.Tanh
struct Tanh final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_elementwise(Kind::tanh, in, d);
  }
};

inline constexpr Tanh tanh{};

/// Values over the channels (or features) as probabilities, at each pixel.
///
///     y[c] = exp(x[c] - m) / sum over i of exp(x[i] - m),   m = max over i of x[i]
///
/// Shapes     x, y: features, or C x H x W
/// Errors     while compiling: fewer than two channels
/// See also   PyTorch's torch.nn.Softmax(dim=1)
struct Softmax final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_softmax("softmax", Kind::softmax, in, d);
  }
};

inline constexpr Softmax softmax{};

/// The logarithm of `Softmax`, computed without the detour.
///
///     y[c] = x[c] - m - log(sum over i of exp(x[i] - m)),   m = max over i of x[i]
///
/// Shapes     x, y: features, or C x H x W
/// Errors     while compiling: fewer than two channels
/// See also   PyTorch's torch.nn.LogSoftmax(dim=1)
struct LogSoftmax final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_softmax("log_softmax", Kind::log_softmax, in, d);
  }
};

inline constexpr LogSoftmax log_softmax{};

}  // namespace convexpr
