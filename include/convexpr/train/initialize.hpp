// The values that a network's parameters start from.
#pragma once

#include <cmath>
#include <convexpr/network/network.hpp>
#include <convexpr/network/pack.hpp>
#include <convexpr/train/random.hpp>
#include <cstdint>
#include <vector>

namespace convexpr {

/// Where the weights of convolutions and dense layers start.
enum class Initialization {
  pytorch,          // uniform in +-1/sqrt(fan_in), biases too: torch.nn's reset_parameters
  kaiming_uniform,  // uniform, variance 2/fan_in: for relu
  kaiming_normal,   // normal, variance 2/fan_in
  xavier_uniform,   // uniform, variance 2/(fan_in + fan_out): for tanh and sigmoid
  xavier_normal,    // normal, variance 2/(fan_in + fan_out)
};

/// Options of `initialize`.
struct InitializeOptions {
  std::uint64_t seed = 0;
  Initialization method = Initialization::pytorch;
};

namespace detail {

/// How the values of one parameter are drawn: number * scale, normal or from [-1, 1).
struct Draw {
  bool normal = false;
  double scale = 0;
};

/// `weight`, [out, in] or [out, in/groups, h, w], is that of the layer whose weight or bias is
/// drawn. A transposed convolution's is [in, out/groups, h, w]; PyTorch counts by place all the same.
inline Draw draw_for(const ParameterSpec& weight, bool is_bias, Initialization method) {
  const double values = static_cast<double>(weight.size());
  const double fan_in = values / weight.extents[0];
  const double fan_out = values / weight.extents[1];
  switch (method) {
    case Initialization::pytorch: return {false, 1.0 / std::sqrt(fan_in)};
    case Initialization::kaiming_uniform: return {false, is_bias ? 0 : std::sqrt(6.0 / fan_in)};
    case Initialization::kaiming_normal: return {true, is_bias ? 0 : std::sqrt(2.0 / fan_in)};
    case Initialization::xavier_uniform:
      return {false, is_bias ? 0 : std::sqrt(6.0 / (fan_in + fan_out))};
    case Initialization::xavier_normal: break;
  }
  return {true, is_bias ? 0 : std::sqrt(2.0 / (fan_in + fan_out))};
}

/// The weight of the layer that `slot` belongs to; null where that layer's parameters start from
/// constants: where it normalises, and where a user's layer says what its weight starts from.
template <class Blueprint>
const ParameterSpec* fanning_weight(const Blueprint& blueprint, const ParameterSlot& slot) {
  for (const ParameterSlot& other : blueprint.parameters) {
    if (other.layer == slot.layer && other.spec.name == "weight" && other.spec.rank >= 2 &&
        other.spec.packing != Packing::image && other.spec.initial == 0) {
      return &other.spec;
    }
  }
  return nullptr;
}

inline void draw(const ParameterSpec& weight, bool is_bias, Initialization method, RandomBits& bits,
                 std::vector<float>& values) {
  const Draw how = draw_for(weight, is_bias, method);
  for (float& value : values) {
    if (how.scale == 0) {
      value = 0;
    } else {
      value = static_cast<float>(how.scale * (how.normal ? draw_normal(bits) : draw_uniform(bits)));
    }
  }
}

}  // namespace detail

/// Gives every parameter of a network its first value.
///
/// Weights and biases of convolutions and dense layers are drawn as `options.method` says, biases
/// being 0 except with `pytorch`; normalisations start from weight 1, bias 0, running mean 0 and
/// running variance 1, PReLU from 0.25. A user's own layer starts as its `declare` says, or, if that
/// gives a "weight" of two or more extents no value, like a convolution.
///
///     fan_in = values of the weight / its first extent,    fan_out = values / its second extent
///
/// Cost       one random integer a value, about 17 where the method is a normal distribution
/// Ensures    the same values, bit for bit, for one seed: with every compiler and instruction set
///            (drawn in the order of `state_dict`; not the numbers that PyTorch draws)
/// Source     K. He and others, "Delving deep into rectifiers", 2015; X. Glorot and Y. Bengio,
///            "Understanding the difficulty of training deep feedforward neural networks", 2010
/// See also   PyTorch's torch.nn.init; load_state_dict, load_safetensors
template <class Architecture, class In, Options O>
void initialize(Network<Architecture, In, O>& net, const InitializeOptions& options = {}) {
  detail::RandomBits bits(options.seed);
  std::vector<float> values;
  for (const detail::ParameterSlot& slot : net.blueprint().parameters) {
    values.assign(slot.spec.size(), slot.spec.initial);
    if (const auto* weight = detail::fanning_weight(net.blueprint(), slot)) {
      detail::draw(*weight, slot.spec.name == "bias", options.method, bits, values);
    }
    detail::pack(slot, values.data(), net.stored_parameters().data());
  }
}

}  // namespace convexpr
