// The definitions of the elementwise functions and of their derivatives, in double precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <convexpr/layers/operation.hpp>
#include <stdexcept>

namespace reference {

using convexpr::Kind;
using convexpr::Operation;

inline constexpr double selu_scale = 1.0507009873554804934193349852946;
inline constexpr double selu_alpha = 1.6732632423543772848170429916717;

inline double logistic(double x) { return 1 / (1 + std::exp(-x)); }
inline double softplus(double x) { return x > 20 ? x : std::log(1 + std::exp(x)); }
/// The chance of a normal number below x.
inline double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

inline double activation(const Operation& op, double x) {
  const double alpha = double{op.alpha};
  switch (op.kind) {
    case Kind::relu: return std::max(x, 0.0);
    case Kind::leaky_relu: return x > 0 ? x : alpha * x;
    case Kind::elu: return x > 0 ? x : alpha * (std::exp(x) - 1);
    case Kind::selu: return selu_scale * (x > 0 ? x : selu_alpha * (std::exp(x) - 1));
    case Kind::gelu: return x * normal_below(x);
    case Kind::silu: return x * logistic(x);
    case Kind::mish: return x * std::tanh(softplus(x));
    case Kind::sigmoid: return logistic(x);
    case Kind::tanh: return std::tanh(x);
    case Kind::softplus: return softplus(x);
    case Kind::softsign: return x / (1 + std::abs(x));
    case Kind::hard_swish: return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Kind::hard_sigmoid: return std::clamp(x + 3, 0.0, 6.0) / 6;
    case Kind::relu6: return std::clamp(x, 0.0, 6.0);
    default: throw std::logic_error("the oracle does not know this function");
  }
}

/// dy/dx; where it jumps, PyTorch's choice.
inline double activation_slope(const Operation& op, double x) {
  const double alpha = double{op.alpha};
  switch (op.kind) {
    case Kind::relu: return x > 0 ? 1 : 0;
    case Kind::leaky_relu: return x > 0 ? 1 : alpha;
    case Kind::elu: return x > 0 ? 1 : alpha * std::exp(x);
    case Kind::selu: return selu_scale * (x > 0 ? 1 : selu_alpha * std::exp(x));
    case Kind::gelu:
      return normal_below(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0));
    case Kind::silu: return logistic(x) + x * logistic(x) * logistic(-x);
    case Kind::mish: {
      const double t = std::tanh(softplus(x));
      return t + x * (1 - t * t) * logistic(x);
    }
    case Kind::sigmoid: return logistic(x) * logistic(-x);
    case Kind::tanh: return 1 / std::pow(std::cosh(x), 2);
    case Kind::softplus: return logistic(x);
    case Kind::softsign: return 1 / std::pow(1 + std::abs(x), 2);
    case Kind::hard_swish: return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1;
    case Kind::hard_sigmoid: return x > -3 && x < 3 ? 1.0 / 6 : 0;
    case Kind::relu6: return x > 0 && x < 6 ? 1 : 0;
    default: throw std::logic_error("the oracle does not know this function's derivative");
  }
}

}  // namespace reference
