// What a layer says of itself once its input is known: an operation, its parameters, or a refusal.
//
// Types end here. Each layer's `declare(Shape in, Declaration&)` fills in plain values, and
// everything after it - the graph, its passes, the plan - is ordinary constexpr code over them.
#pragma once

#include <array>
#include <convexpr/expr/formula.hpp>
#include <convexpr/layers/views.hpp>
#include <convexpr/meta/refusal.hpp>
#include <convexpr/shape/padding_mode.hpp>
#include <convexpr/shape/shape.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/shape/words.hpp>
#include <cstddef>
#include <string_view>

namespace convexpr {

/// What an operation computes. Those from `prelu` to `elementwise` are elementwise functions.
enum class Kind {
  input,
  identity,
  conv2d,
  depthwise_conv2d,
  conv_transpose2d,
  filter2d,
  linear,
  max_pool2d,
  avg_pool2d,
  lp_pool2d,
  adaptive_avg_pool2d,
  adaptive_max_pool2d,
  global_avg_pool2d,
  global_max_pool2d,
  upsample_nearest,
  upsample_bilinear,
  pad2d,
  crop2d,
  batch_norm2d,
  layer_norm,
  group_norm,
  instance_norm2d,
  local_response_norm,
  flatten,
  dropout,
  dropout2d,
  prelu,
  relu,
  leaky_relu,
  elu,
  selu,
  gelu,
  silu,
  mish,
  sigmoid,
  tanh,
  softplus,
  softsign,
  hard_swish,
  hard_sigmoid,
  relu6,
  elementwise,
  softmax,
  log_softmax,
  concat,
  sum,
  result,
  user,  // a layer that is not the library's: Operation::user computes it
};

/// The name of a kind, as users write the layer's type.
constexpr std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::input: return "Input";
    case Kind::identity: return "Identity";
    case Kind::conv2d: return "Conv2d";
    case Kind::depthwise_conv2d: return "DepthwiseConv2d";
    case Kind::conv_transpose2d: return "ConvTranspose2d";
    case Kind::filter2d: return "Filter2d";
    case Kind::linear: return "Linear";
    case Kind::max_pool2d: return "MaxPool2d";
    case Kind::avg_pool2d: return "AvgPool2d";
    case Kind::lp_pool2d: return "LpPool2d";
    case Kind::adaptive_avg_pool2d: return "AdaptiveAvgPool2d";
    case Kind::adaptive_max_pool2d: return "AdaptiveMaxPool2d";
    case Kind::global_avg_pool2d: return "GlobalAvgPool2d";
    case Kind::global_max_pool2d: return "GlobalMaxPool2d";
    case Kind::upsample_nearest: return "Upsample";
    case Kind::upsample_bilinear: return "Upsample";
    case Kind::pad2d: return "Pad2d";
    case Kind::crop2d: return "Crop";
    case Kind::batch_norm2d: return "BatchNorm2d";
    case Kind::layer_norm: return "LayerNorm";
    case Kind::group_norm: return "GroupNorm";
    case Kind::instance_norm2d: return "InstanceNorm2d";
    case Kind::local_response_norm: return "LocalResponseNorm";
    case Kind::flatten: return "Flatten";
    case Kind::dropout: return "Dropout";
    case Kind::dropout2d: return "Dropout2d";
    case Kind::prelu: return "PReLU";
    case Kind::relu: return "ReLU";
    case Kind::leaky_relu: return "LeakyReLU";
    case Kind::elu: return "ELU";
    case Kind::selu: return "SELU";
    case Kind::gelu: return "GELU";
    case Kind::silu: return "SiLU";
    case Kind::mish: return "Mish";
    case Kind::sigmoid: return "Sigmoid";
    case Kind::tanh: return "Tanh";
    case Kind::softplus: return "Softplus";
    case Kind::softsign: return "Softsign";
    case Kind::hard_swish: return "HardSwish";
    case Kind::hard_sigmoid: return "HardSigmoid";
    case Kind::relu6: return "ReLU6";
    case Kind::elementwise: return "Elementwise";
    case Kind::softmax: return "Softmax";
    case Kind::log_softmax: return "LogSoftmax";
    case Kind::concat: return "Concat";
    case Kind::sum: return "Sum";
    case Kind::result: return "Result";
    case Kind::user: return "UserLayer";
  }
  return "";
}

/// Whether a kind is an elementwise function, which a formula says.
constexpr bool is_elementwise(Kind kind) {
  return kind >= Kind::prelu && kind <= Kind::elementwise;
}

/// Whether a kind slides weights over an image.
constexpr bool is_convolution(Kind kind) { return kind >= Kind::conv2d && kind <= Kind::filter2d; }

/// Whether a kind gives maxima of regions of an image.
constexpr bool is_max_pool(Kind kind) {
  return kind == Kind::max_pool2d || kind == Kind::adaptive_max_pool2d ||
         kind == Kind::global_max_pool2d;
}

/// Whether a kind normalises groups of channels of each example, one group or more.
constexpr bool is_group_norm(Kind kind) {
  return kind == Kind::layer_norm || kind == Kind::group_norm || kind == Kind::instance_norm2d;
}

/// An operation on one example, with every constant that its kernel needs.
struct Operation {
  Kind kind = Kind::identity;
  std::string_view called;  // the layer's type where it is not name(kind): "Conv1d"
  Shape in;
  Shape out;
  Window window;
  int groups = 1;
  bool bias = false;
  PaddingMode padding_mode = PaddingMode::zeros;
  bool count_include_pad = true;
  bool affine = true;
  int size = 0;        // channels in a local response
  int power = 2;       // of an L^p pool
  float epsilon = 0;   // normalisations but the local response
  float momentum = 0;  // batch norm: weight of the new value
  float alpha = 0;     // local response norm; activations: their one parameter
  float beta = 0;
  float k = 0;
  float probability = 0;                   // dropout
  const float* taps = nullptr;             // of a fixed filter, kernel.h x kernel.w
  const expr::Formula* formula = nullptr;  // of an elementwise function: of its inputs, then of
                                           // the layer's parameters in their order
  const UserFunctions* user = nullptr;
  long long macs = 0;  // multiply-accumulates for one example
};

/// The layer's type, as users write it.
constexpr std::string_view name(const Operation& op) {
  return op.called.empty() ? name(op.kind) : op.called;
}

/// How a parameter's values are arranged for the kernels; the API's arrangement is PyTorch's.
enum class Packing { plain, image, conv2d, depthwise_conv2d, conv_transpose2d, linear };

/// One entry of the state dict that a layer has.
struct ParameterSpec {
  std::string_view name;
  std::array<int, 4> extents{};
  int rank = 0;
  bool learned = true;
  Packing packing = Packing::plain;
  float initial = 0;  // batch norm: 1 for the weight and the variance

  constexpr std::size_t size() const {
    std::size_t product = 1;
    for (int i = 0; i < rank; ++i) {
      product *= static_cast<std::size_t>(extents[static_cast<std::size_t>(i)]);
    }
    return product;
  }
};

/// What `declare` fills in.
struct Declaration {
  Operation op;
  std::array<ParameterSpec, most_parameters> parameters{};
  int parameter_count = 0;
  Refusal refusal;

  /// Parameters stand in the state dict in the order in which they are added.
  constexpr void add(const ParameterSpec& spec) {
    if (parameter_count == most_parameters) {
      refuse("user_layer: a layer has four parameters at most",
             Sentence() << "a fifth: \"" << spec.name << "\"", "4 or fewer",
             "join several into one, or write two layers, one behind the other");
      return;
    }
    parameters[static_cast<std::size_t>(parameter_count++)] = spec;
  }
  /// Remembers the first thing that does not fit.
  constexpr void refuse(const Sentence& fact, const Sentence& got, const Sentence& wanted,
                        const Sentence& hint) {
    if (!refusal.happened()) refusal = {{}, fact, got, wanted, hint};
  }
};

/// "weight 64x3x7x7"
constexpr Sentence words(const ParameterSpec& p) {
  Sentence out(p.name);
  for (int axis = 0; axis < p.rank; ++axis) {
    out << (axis > 0 ? "x" : " ") << p.extents[static_cast<std::size_t>(axis)];
  }
  return out;
}

/// "3x5"
constexpr Sentence words(Extent2 e) { return Sentence() << e.h << "x" << e.w; }

}  // namespace convexpr
