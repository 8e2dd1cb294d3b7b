// Normalisation of each example for itself: over all its values, over groups of channels, or over
// each channel.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Options of `LayerNorm`, with PyTorch's defaults.
struct LayerNormOptions {
  float epsilon = 1e-5F;
  bool affine = true;
};

/// Options of `GroupNorm`, with PyTorch's defaults.
struct GroupNormOptions {
  float epsilon = 1e-5F;
  bool affine = true;
};

/// Options of `InstanceNorm2d`, with PyTorch's defaults: nothing is learned unless that is asked.
struct InstanceNorm2dOptions {
  float epsilon = 1e-5F;
  bool affine = false;
};

namespace detail {

constexpr void declare_own_statistics(std::string_view layer, Kind kind, Shape in, int groups,
                                      float epsilon, bool affine, Declaration& d) {
  d.op.kind = kind;
  d.op.out = in;
  d.op.groups = groups;
  d.op.epsilon = epsilon;
  d.op.affine = affine;
  require_positive_epsilon(layer, epsilon, d);
}

/// Adds `weight`, and a bias like it.
constexpr void add_affine(ParameterSpec weight, Declaration& d) {
  if (!d.op.affine) return;
  weight.initial = 1;
  d.add(weight);
  weight.name = "bias";
  weight.initial = 0;
  d.add(weight);
}

constexpr void declare_layer_norm(Shape in, const LayerNormOptions& o, Declaration& d) {
  declare_own_statistics("layer_norm", Kind::layer_norm, in, 1, o.epsilon, o.affine, d);
  if (in.size() < 2) {
    d.refuse("layer_norm: the input must have two or more values", words(in), "2 or more values",
             "leave the layer out: one value less its mean is 0");
  }
  ParameterSpec weight{.name = "weight", .rank = in.rank, .packing = Packing::image};
  for (int axis = 0; axis < in.rank; ++axis) {
    weight.extents[static_cast<std::size_t>(axis)] = in.extent(axis);
  }
  add_affine(weight, d);
}

constexpr void declare_group_norm(Shape in, int groups, const GroupNormOptions& o, Declaration& d) {
  declare_own_statistics("group_norm", Kind::group_norm, in, groups, o.epsilon, o.affine, d);
  if (groups < 1) {
    d.refuse("group_norm: the groups must be positive", Sentence() << groups, "1 or more",
             "write group_norm<1>, or more groups");
    return;
  }
  if (in.channels % groups != 0) {
    d.refuse("group_norm: the channels must be divisible by the groups",
             Sentence() << in.channels << " channels in " << groups << " groups",
             Sentence() << "a divisor of " << in.channels,
             "change the groups, or the channels of the layer before");
  }
  if (in.size() == static_cast<std::size_t>(groups)) {
    d.refuse("group_norm: a group must have two or more values",
             Sentence() << words(in) << " in " << groups << " groups", "2 or more values in each",
             "write fewer groups: one value less its mean is 0");
  }
  add_affine({.name = "weight", .extents = {in.channels}, .rank = 1}, d);
}

constexpr void declare_instance_norm2d(Shape in, const InstanceNorm2dOptions& o, Declaration& d) {
  declare_own_statistics("instance_norm2d", Kind::instance_norm2d, in, in.channels, o.epsilon,
                         o.affine, d);
  require_image("instance_norm2d", in, d);
  if (in.height * in.width < 2) {
    d.refuse("instance_norm2d: the image must have two or more pixels", words(in),
             "2 or more pixels", "move the layer to where the image is larger");
  }
  add_affine({.name = "weight", .extents = {in.channels}, .rank = 1}, d);
}

}  // namespace detail

/// Each example shifted and scaled to mean 0 and variance 1, then by learned values, one pair for
/// each of its elements.
///
///     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
///
/// The mean and the biased variance are those of the example, over C, H and W, in training as in
/// inference.
///
/// Shapes     x, y: C x H x W, C x L or N    weight, bias: as x
/// Parameters 2*C*H*W, none without `affine`
/// Errors     while compiling: the input is one value; epsilon not positive
/// Source     Ba, Kiros, Hinton, "Layer normalization", 2016
/// See also   PyTorch's torch.nn.LayerNorm([C, H, W])
template <LayerNormOptions Options = LayerNormOptions{}>
struct LayerNorm final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_layer_norm(in, Options, d);
  }
};

template <LayerNormOptions Options = LayerNormOptions{}>
inline constexpr LayerNorm<Options> layer_norm{};

/// Groups of neighbouring channels of each example shifted and scaled to mean 0 and variance 1,
/// then each channel by learned values.
///
///     y = (x - mean[g]) / sqrt(variance[g] + epsilon) * weight[c] + bias[c],   g = c / (C/Groups)
///
/// The mean and the biased variance are those of the example's group, over its channels, H and W,
/// in training as in inference.
///
/// Shapes     x, y: C x H x W, C x L or C features    weight, bias: C
/// Parameters 2*C, none without `affine`
/// Errors     while compiling: C not divisible by Groups; a group is one value; epsilon not
///            positive
/// Source     Wu and He, "Group normalization", ECCV 2018
/// See also   PyTorch's torch.nn.GroupNorm(Groups, C)
template <int Groups, GroupNormOptions Options = GroupNormOptions{}>
struct GroupNorm final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_group_norm(in, Groups, Options, d);
  }
};

template <int Groups, GroupNormOptions Options = GroupNormOptions{}>
inline constexpr GroupNorm<Groups, Options> group_norm{};

/// Each channel of each image shifted and scaled to mean 0 and variance 1; then, with `affine`, by
/// learned values.
///
///     y = (x - mean[c]) / sqrt(variance[c] + epsilon) * weight[c] + bias[c]
///
/// The mean and the biased variance are those of the image's channel, over H and W, in training as
/// in inference.
///
/// Shapes     x, y: C x H x W    weight, bias: C
/// Parameters 2*C with `affine`, else none
/// Errors     while compiling: the input is no image, or an image of one pixel; epsilon not
///            positive
/// Source     Ulyanov, Vedaldi, Lempitsky, "Instance normalization: the missing ingredient for fast
///            stylization", 2016
/// See also   PyTorch's torch.nn.InstanceNorm2d(C), without running statistics
template <InstanceNorm2dOptions Options = InstanceNorm2dOptions{}>
struct InstanceNorm2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_instance_norm2d(in, Options, d);
  }
};

template <InstanceNorm2dOptions Options = InstanceNorm2dOptions{}>
inline constexpr InstanceNorm2d<Options> instance_norm2d{};

}  // namespace convexpr
