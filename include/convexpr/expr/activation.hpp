// Elementwise functions on vectors, each with the derivative expressed by the function's own value,
// so that the backward pass needs the output alone.
//
// Whatever loop a function is fused into evaluates it in registers: kernels take one of these types
// as a template argument.
#pragma once

#include <convexpr/simd/vector.hpp>

namespace convexpr::expr {

/// y = x
struct Identity {
  static constexpr bool zero_at_zero = true;
  static simd::Vector value(simd::Vector x) { return x; }
  static simd::Vector slope(simd::Vector) { return simd::broadcast(1.0F); }
};

/// y = max(x, 0), NaN for NaN; the slope at 0 is 0, as in PyTorch.
struct Relu {
  static constexpr bool zero_at_zero = true;
  static simd::Vector value(simd::Vector x) { return simd::max(simd::zero(), x); }
  static simd::Vector slope(simd::Vector y) {
    return simd::select(y > simd::zero(), simd::broadcast(1.0F), simd::zero());
  }
};

/// y = 1 / (1 + exp(-x)), slope y (1 - y)
struct Sigmoid {
  static constexpr bool zero_at_zero = false;
  static simd::Vector value(simd::Vector x) {
    return simd::broadcast(1.0F) / (simd::broadcast(1.0F) + simd::exp(-x));
  }
  static simd::Vector slope(simd::Vector y) { return y * (simd::broadcast(1.0F) - y); }
};

/// y = tanh(x), slope 1 - y^2
struct Tanh {
  static constexpr bool zero_at_zero = true;
  static simd::Vector value(simd::Vector x) { return simd::tanh(x); }
  static simd::Vector slope(simd::Vector y) { return simd::broadcast(1.0F) - y * y; }
};

}  // namespace convexpr::expr
