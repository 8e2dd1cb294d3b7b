// The layers of one input and their derivatives, each by its definition in double precision.
//
// What needs more than one layer's numbers is in reference.hpp: joins, and the statistics of a batch.
#pragma once

#include "reference_activations.hpp"
#include "reference_depthwise.hpp"
#include "reference_layers.hpp"
#include "reference_norm.hpp"
#include "reference_padding.hpp"
#include "reference_pools.hpp"
#include "reference_upsample.hpp"

namespace reference {

/// Of a layer; empty where it has none.
struct WeightAndBias {
  const Values& weight;
  const Values& bias;
};

/// Their gradients, to which an adjoint adds.
struct WeightAndBiasGradients {
  Values& weight;
  Values& bias;
};

namespace detail {

/// Layers whose output at a place follows from the input alone.
inline void run_by_place(const Operation& op, const Images& x, Images& y) {
  for_each(y, [&](int n, int c, int i, int j) {
    double& out = y(n, c, i, j);
    switch (op.kind) {
      case Kind::softmax: out = std::exp(x(n, c, i, j) - log_sum(x, n, i, j)); break;
      case Kind::log_softmax: out = x(n, c, i, j) - log_sum(x, n, i, j); break;
      case Kind::max_pool2d: out = x.values[winner(op, x, n, c, i, j)]; break;
      case Kind::avg_pool2d:
      case Kind::global_avg_pool2d:
        for_each_tap(op, i, j, [&](int, int, int row, int column) {
          out += x(n, c, row, column) / divisor(op, i, j);
        });
        break;
      default: out = activation(op, x(n, c, i, j));
    }
  });
}

inline void run_by_place_adjoint(const Operation& op, const Images& x, const Images& dy,
                                 Images& dx) {
  for_each(dy, [&](int n, int c, int i, int j) {
    const double g = dy(n, c, i, j);
    switch (op.kind) {
      case Kind::max_pool2d: dx.values[winner(op, x, n, c, i, j)] += g; break;
      case Kind::avg_pool2d:
      case Kind::global_avg_pool2d:
        for_each_tap(op, i, j, [&](int, int, int row, int column) {
          dx(n, c, row, column) += g / divisor(op, i, j);
        });
        break;
      default: dx(n, c, i, j) += g * activation_slope(op, x(n, c, i, j));
    }
  });
}

inline void convolution(const Operation& op, const Images& x, const Values& w, Images& y) {
  const Images padded = with_border(op, x);
  for_each_product(behind_border(op), padded, y, [&](std::size_t o, std::size_t k, std::size_t i) {
    y.values[o] += w[k] * padded.values[i];
  });
}

inline void convolution_adjoint(const Operation& op, const Images& x, const Values& w,
                                const Images& dy, Images& dx, Values& dw) {
  const Images padded = with_border(op, x);
  Images dpadded(padded.shape, padded.examples);
  for_each_product(behind_border(op), padded, dy, [&](std::size_t o, std::size_t k, std::size_t i) {
    dpadded.values[i] += w[k] * dy.values[o];
    dw[k] += padded.values[i] * dy.values[o];
  });
  fold_border(op, dpadded, dx);
}

}  // namespace detail

/// y, of zeros before, of a layer.
inline void run_layer(const Operation& op, const Images& x, const WeightAndBias& p, Images& y) {
  switch (op.kind) {
    case Kind::identity:
    case Kind::dropout:
    case Kind::dropout2d:
    case Kind::flatten: y.values = x.values; break;
    case Kind::conv2d: detail::convolution(op, x, p.weight, y); break;
    case Kind::depthwise_conv2d: depthwise(op, x, p.weight, y); break;
    case Kind::filter2d: depthwise(op, x, taps_of(op), y); break;
    case Kind::conv_transpose2d: transposed(op, x, p.weight, y); break;
    case Kind::linear:
      for_each_dense_product(x, y, [&](std::size_t o, std::size_t k, std::size_t i) {
        y.values[o] += p.weight[k] * x.values[i];
      });
      break;
    case Kind::pad2d: y = with_border(op, x); break;
    case Kind::layer_norm:
    case Kind::group_norm:
    case Kind::instance_norm2d: group_norm(op, x, p.weight, p.bias, y); break;
    case Kind::prelu: prelu(x, p.weight, y); break;
    case Kind::local_response_norm: local_response_norm(op, x, y); break;
    case Kind::crop2d: crop(op, x, y); break;
    case Kind::lp_pool2d: lp_pool(op, x, y); break;
    case Kind::adaptive_avg_pool2d: adaptive_avg_pool(op, x, y); break;
    case Kind::adaptive_max_pool2d:
    case Kind::global_max_pool2d: adaptive_max_pool(op, x, y); break;
    case Kind::upsample_nearest:
    case Kind::upsample_bilinear: upsample(op, x, y); break;
    default: detail::run_by_place(op, x, y);
  }
  if (op.bias) add_bias(p.bias, y);
}

/// Adds to dx and to the gradients what dy gives them; y is the layer's output.
inline void run_layer_adjoint(const Operation& op, const Images& x, const Images& y,
                              const Values& w, const Images& dy, Images& dx,
                              const WeightAndBiasGradients& g) {
  switch (op.kind) {
    case Kind::identity:
    case Kind::dropout:
    case Kind::dropout2d:
    case Kind::flatten:
      for (std::size_t i = 0; i < dx.values.size(); ++i) dx.values[i] += dy.values[i];
      break;
    case Kind::conv2d: detail::convolution_adjoint(op, x, w, dy, dx, g.weight); break;
    case Kind::depthwise_conv2d: depthwise_adjoint(op, x, w, dy, dx, g.weight); break;
    case Kind::filter2d: {
      Values unused = taps_of(op);
      depthwise_adjoint(op, x, taps_of(op), dy, dx, unused);
      break;
    }
    case Kind::conv_transpose2d: transposed_adjoint(op, x, w, dy, dx, g.weight); break;
    case Kind::linear:
      for_each_dense_product(x, dy, [&](std::size_t o, std::size_t k, std::size_t i) {
        dx.values[i] += w[k] * dy.values[o];
        g.weight[k] += x.values[i] * dy.values[o];
      });
      break;
    case Kind::pad2d: fold_border(op, dy, dx); break;
    case Kind::layer_norm:
    case Kind::group_norm:
    case Kind::instance_norm2d: group_norm_adjoint(op, x, w, dy, dx, g.weight, g.bias); break;
    case Kind::prelu: prelu_adjoint(x, w, dy, dx, g.weight); break;
    case Kind::local_response_norm: local_response_norm_adjoint(op, x, dy, dx); break;
    case Kind::crop2d: crop_adjoint(op, dy, dx); break;
    case Kind::lp_pool2d: lp_pool_adjoint(op, x, dy, dx); break;
    case Kind::adaptive_avg_pool2d: adaptive_avg_pool_adjoint(op, dy, dx); break;
    case Kind::adaptive_max_pool2d:
    case Kind::global_max_pool2d: adaptive_max_pool_adjoint(op, x, dy, dx); break;
    case Kind::upsample_nearest:
    case Kind::upsample_bilinear: upsample_adjoint(op, dy, dx); break;
    case Kind::softmax: softmax_adjoint(y, dy, false, dx); break;
    case Kind::log_softmax: softmax_adjoint(y, dy, true, dx); break;
    default: detail::run_by_place_adjoint(op, x, dy, dx);
  }
  if (op.bias) sum_to_bias(dy, g.bias);
}

}  // namespace reference
