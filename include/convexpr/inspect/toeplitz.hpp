// A convolution as one matrix over all pixels: its weights, again and again along the diagonals.
#pragma once

#include <algorithm>
#include <convexpr/inspect/windows.hpp>
#include <convexpr/network/state_dict.hpp>
#include <convexpr/tensor/matrix.hpp>

namespace convexpr {

namespace detail {

/// The convolution whose transpose a transposed convolution is: from its output to its input.
constexpr Operation converse(Operation op) {
  const Shape in = op.in;
  op.kind = Kind::conv2d;
  op.in = op.out;
  op.out = in;
  return op;
}

/// Of a convolution with weights [O, C/g, kh, kw].
inline Matrix toeplitz(const Operation& op, std::span<const float> weight) {
  const int in_group = op.in.channels / op.groups;
  const int out_group = op.out.channels / op.groups;
  const int taps = op.window.kernel.h * op.window.kernel.w;
  const int positions = op.out.height * op.out.width;
  Matrix m(op.out.channels * positions, static_cast<int>(op.in.size()));
  for_each_read(op, [&](const WindowRead& r) {
    const int first = r.channel / in_group * out_group;
    for (int o = first; o < first + out_group; ++o) {
      const int tap = (o * in_group + r.channel % in_group) * taps + r.tap;
      m(o * positions + r.position, r.pixel(op.in)) +=
          r.share * weight[static_cast<std::size_t>(tap)];
    }
  });
  return m;
}

/// The taps of a fixed filter for each channel, as a depthwise convolution has its weights.
inline std::vector<float> repeated_taps(const Operation& op) {
  std::vector<float> weight;
  const int taps = op.window.kernel.h * op.window.kernel.w;
  for (int c = 0; c < op.in.channels; ++c) weight.insert(weight.end(), op.taps, op.taps + taps);
  return weight;
}

template <class Layer, Shape In>
inline constexpr Declaration convolution_on = [] {
  Declaration d;
  d.op.in = d.op.out = In;
  if constexpr (graph::Leaf<Layer>) {
    d = graph::declare<Layer>(In);
    if (d.refusal.happened()) d.refusal.where = "toeplitz_matrix";
  }
  return d;
}();

template <class Layer, Shape In>
inline constexpr Refusal toeplitz_refusal = [] {
  const Declaration& d = convolution_on<Layer, In>;
  if (d.refusal.happened() || is_convolution(d.op.kind)) return d.refusal;
  return Refusal{"toeplitz_matrix", "toeplitz_matrix: the layer must be a convolution",
                 graph::Leaf<Layer> ? Sentence(name(d.op)) : Sentence("a block of layers"),
                 "one layer, such as Conv2d<8, {.kernel = 3}>",
                 "write jacobian(net, x) for the matrix of any network at x"};
}();

}  // namespace detail

/// The matrix of a convolution: its product with x, all pixels in one vector, is y without the bias;
/// the product of its transpose with dy is dx.
///
///     m[(o,i,j), (c,h,w)] = sum of w[o,c,u,v] over the taps (u, v) that read pixel (h, w) at (i, j)
///
/// Each row holds one output's weights, the next row the same weights moved by the stride: on one
/// channel a Toeplitz matrix (constant along its diagonals) of Toeplitz blocks. Most of it is zeros.
///
/// Shapes     m: O*H'*W' x C*H*W, both in C, H, W order
///            w: O x C/g x kh x kw; C*m x 1 x kh x kw of a depthwise convolution; C x O/g x kh x kw
///            of a transposed one, whose matrix is the transpose of a convolution's; none of a fixed
///            filter
/// Cost       memory: O*H'*W' * C*H*W floats
/// Errors     std::invalid_argument where op is no convolution or has another number of weights
inline Matrix toeplitz_matrix(const Operation& op, std::span<const float> weight) {
  if (!is_convolution(op.kind)) {
    throw std::invalid_argument("toeplitz_matrix: " + std::string(name(op)) + " is no convolution");
  }
  Operation convolution = op.kind == Kind::conv_transpose2d ? detail::converse(op) : op;
  std::vector<float> taps;
  if (op.kind == Kind::depthwise_conv2d) convolution.groups = op.in.channels;
  if (op.kind == Kind::filter2d) {
    convolution.groups = op.in.channels;
    taps = detail::repeated_taps(op);
    weight = taps;
  }
  const long long expected = static_cast<long long>(convolution.out.channels) *
                             (convolution.in.channels / convolution.groups) * op.window.kernel.h *
                             op.window.kernel.w;
  if (static_cast<long long>(weight.size()) != expected) {
    throw std::invalid_argument("toeplitz_matrix: the convolution has " + std::to_string(expected) +
                                " weights, " + std::to_string(weight.size()) + " were given");
  }
  const Matrix m = detail::toeplitz(convolution, weight);
  return op.kind == Kind::conv_transpose2d ? transposed(m) : m;
}

/// The same of a layer on inputs of one shape: `toeplitz_matrix<Conv2d<8, {.kernel = 3}>,
/// Input<3, 8, 8>>(weight)`.
///
/// Errors     while compiling: `Layer` is no convolution, or does not fit its input
template <class Layer, class In>
Matrix toeplitz_matrix(std::span<const float> weight) {
  static_cast<void>(detail::Insist<detail::toeplitz_refusal<std::remove_cv_t<Layer>, In::shape>>{});
  return toeplitz_matrix(detail::convolution_on<std::remove_cv_t<Layer>, In::shape>.op, weight);
}

/// The same of a network that is one convolution, with its weights.
template <class Architecture, class In, Options O>
Matrix toeplitz_matrix(const Network<Architecture, In, O>& net) {
  const std::vector<NamedTensor> dict = state_dict(net);
  const auto weight = std::ranges::find(dict, "weight", &NamedTensor::name);
  return toeplitz_matrix<Architecture, In>(
      weight == dict.end() ? std::span<const float>() : std::span<const float>(weight->values));
}

}  // namespace convexpr
