// Stochastic gradient descent.
#pragma once

#include <convexpr/network/vjp.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace convexpr {

/// Options of `Sgd`, with PyTorch's meaning.
struct SgdOptions {
  float learning_rate = 0.01F;
  float momentum = 0;
  float weight_decay = 0;
  bool nesterov = false;
};

/// Stochastic gradient descent with momentum, on every learned parameter of one network.
///
///     d = g + weight_decay * w
///     v = momentum * v + d                                       (v is 0 before the first step)
///     w = w - learning_rate * (nesterov ? d + momentum * v : v)
///
/// Cost       memory: one more float a parameter
/// Requires   the gradient's padding to be 0, as the backward pass leaves it, so that the
///            parameters' stays 0
/// Errors     std::invalid_argument from the constructor: an option is negative or no number;
///            nesterov without momentum
/// Source     I. Sutskever and others, "On the importance of initialization and momentum in deep
///            learning", 2013, in PyTorch's form, where a new learning rate counts at once
/// See also   PyTorch's torch.optim.SGD
template <class Net>
class Sgd final {
 public:
  explicit Sgd(const Net&, SgdOptions options = {})
      : options_(options), velocity_(Net::blueprint().learned_floats) {
    require(options.learning_rate, "learning rate");
    require(options.momentum, "momentum");
    require(options.weight_decay, "weight decay");
    if (options.nesterov && options.momentum == 0) {
      throw std::invalid_argument("sgd: nesterov needs a momentum of more than 0");
    }
  }

  /// What the next step goes by; a schedule sets the learning rate here.
  SgdOptions& options() { return options_; }
  const SgdOptions& options() const { return options_; }

  /// Changes the parameters by one step. Allocates nothing.
  void step(Net& net, const Gradient<Net>& gradient) {
    if (options_.nesterov) {
      update<true>(net.stored_parameters().data(), gradient.stored().data());
    } else {
      update<false>(net.stored_parameters().data(), gradient.stored().data());
    }
  }

 private:
  static void require(float value, const char* name) {
    if (value >= 0) return;
    throw std::invalid_argument("sgd: the " + std::string(name) + " must be 0 or more, but is " +
                                std::to_string(value));
  }

  template <bool Nesterov>
  void update(float* w, const float* g) {
    const SgdOptions o = options_;
    float* v = velocity_.data();
    const std::size_t count = velocity_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const float d = g[i] + o.weight_decay * w[i];
      v[i] = o.momentum * v[i] + d;
      w[i] -= o.learning_rate * (Nesterov ? d + o.momentum * v[i] : v[i]);
    }
  }

  SgdOptions options_;
  AlignedBuffer<float> velocity_;
};

}  // namespace convexpr
