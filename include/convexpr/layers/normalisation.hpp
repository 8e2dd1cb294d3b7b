// Normalisation over a batch and over neighbouring channels.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Options of `BatchNorm2d`, with PyTorch's defaults.
struct BatchNorm2dOptions {
  float epsilon = 1e-5F;
  float momentum = 0.1F;  // weight of the new value in the running statistics
  bool affine = true;
};

namespace detail {

constexpr void declare_batch_norm2d(Shape in, const BatchNorm2dOptions& o, Declaration& d) {
  d.op.kind = Kind::batch_norm2d;
  d.op.out = in;
  d.op.epsilon = o.epsilon;
  d.op.momentum = o.momentum;
  d.op.affine = o.affine;
  require_image("batch_norm2d", in, d);
  require_positive_epsilon("batch_norm2d", o.epsilon, d);
  if (!(o.momentum >= 0 && o.momentum <= 1)) {
    d.refuse("batch_norm2d: the momentum must lie between 0 and 1",
             o.momentum < 0   ? "less than 0"
             : o.momentum > 1 ? "over 1"
                              : "not a number",
             "0 to 1",
             "write .momentum = 0.1f, or leave it out: it is the weight of the new value");
  }
  if (o.affine) {
    d.add({.name = "weight", .extents = {in.channels}, .rank = 1, .initial = 1});
    d.add({.name = "bias", .extents = {in.channels}, .rank = 1});
  }
  d.add({.name = "running_mean", .extents = {in.channels}, .rank = 1, .learned = false});
  d.add(
      {.name = "running_var", .extents = {in.channels}, .rank = 1, .learned = false, .initial = 1});
}

}  // namespace detail

/// Each channel shifted and scaled to mean 0 and variance 1, then by learned values.
///
///     y = (x - mean[c]) / sqrt(variance[c] + epsilon) * weight[c] + bias[c]
///
/// In training the statistics are those of the batch (over examples, H and W), in inference the
/// running ones. Training normalises with the biased variance (sums divided by n) and moves the
/// running one towards the unbiased (divided by n - 1):
///
///     running = (1 - momentum) * running + momentum * batch's
///
/// Shapes     x, y: C x H x W    weight, bias, running_mean, running_var: C
/// Parameters 2*C, none without `affine`
/// Errors     while compiling: the input is no image; epsilon not positive; momentum outside 0 to 1
///            while training: std::invalid_argument where the batch is one image of one pixel
/// Source     Ioffe and Szegedy, "Batch normalization", ICML 2015
/// See also   PyTorch's torch.nn.BatchNorm2d
template <BatchNorm2dOptions Options = BatchNorm2dOptions{}>
struct BatchNorm2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_batch_norm2d(in, Options, d);
  }
};

template <BatchNorm2dOptions Options = BatchNorm2dOptions{}>
inline constexpr BatchNorm2d<Options> batch_norm2d{};

/// Options of `LocalResponseNorm`, with PyTorch's defaults; the size has none.
struct LocalResponseNormOptions {
  int size = 0;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float k = 1.0F;
};

namespace detail {

constexpr void declare_local_response_norm(Shape in, const LocalResponseNormOptions& o,
                                           Declaration& d) {
  d.op.kind = Kind::local_response_norm;
  d.op.out = in;
  d.op.size = o.size;
  d.op.alpha = o.alpha;
  d.op.beta = o.beta;
  d.op.k = o.k;
  require_image("local_response_norm", in, d);
  if (o.size < 1) {
    d.refuse("local_response_norm: the size must be positive", Sentence() << o.size, "1 or more",
             "write .size = 5");
  }
  if (in.channels > 1000 && o.size > 2000) {  // the kernel's row of scratch (Requires, there)
    d.refuse("local_response_norm: the size is too large for so many channels",
             Sentence() << o.size << " over " << in.channels << " channels",
             "2000 or less over more than 1000 channels", "write a smaller .size, such as 5");
  }
}

}  // namespace detail

/// Each value divided by a power of the mean square of its neighbours in the channels.
///
///     y[c] = x[c] / (k + alpha/size * sum over i of x[i]^2)^beta,
///     i from c - floor(size/2) to c + floor((size-1)/2)
///
/// Shapes     x, y: C x H x W
/// Errors     while compiling: the input is no image; size not positive, or over 2000 with more
///            than 1000 channels
/// Source     Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional
///            neural networks", 2012, with alpha/size as Caffe and PyTorch have it
/// See also   PyTorch's torch.nn.LocalResponseNorm
template <LocalResponseNormOptions Options>
struct LocalResponseNorm final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_local_response_norm(in, Options, d);
  }
};

template <LocalResponseNormOptions Options>
inline constexpr LocalResponseNorm<Options> local_response_norm{};

}  // namespace convexpr
