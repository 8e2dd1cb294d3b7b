// Elementwise functions on vectors, each with its derivative.
//
// Whatever loop a function is fused into evaluates it in registers: kernels take one of these types
// as a template argument. Besides `value` and `slope` each says
//
//     zero_at_zero       whether it leaves zeros alone, as in the lanes that hold no channel
//     slope_from_output  whether `slope` is given y = value(x), so that the backward pass needs the
//                        output alone, and not x
//     few_instructions   true where a copy of its code for every register of a tile is worth having
//
// Accuracy is stated for |x| <= 100, where no function and no slope is infinite or NaN; "within e"
// is an absolute error, and tests/expr/activation.cpp pins each.
#pragma once

#include <convexpr/meta/real.hpp>
#include <convexpr/simd/vector.hpp>

namespace convexpr::expr {

/// Whether a function says that it takes few instructions.
template <class F>
inline constexpr bool is_short = requires { requires F::few_instructions; };

/// y = x
struct Identity {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = true;
  static constexpr bool few_instructions = true;
  static simd::Vector value(simd::Vector x) { return x; }
  static simd::Vector slope(simd::Vector) { return simd::broadcast(1.0F); }
};

/// y = max(x, 0), NaN for NaN; the slope at 0 is 0, as in PyTorch.
struct Relu {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = true;
  static constexpr bool few_instructions = true;
  static simd::Vector value(simd::Vector x) { return simd::max(simd::zero(), x); }
  static simd::Vector slope(simd::Vector y) {
    return simd::select(y > simd::zero(), simd::broadcast(1.0F), simd::zero());
  }
};

/// y = min(max(x, 0), 6), NaN for NaN; the slope at 0 and at 6 is 0, as in PyTorch.
struct Relu6 {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = true;
  static constexpr bool few_instructions = true;
  static simd::Vector value(simd::Vector x) {
    return simd::min(simd::broadcast(6.0F), simd::max(simd::zero(), x));
  }
  static simd::Vector slope(simd::Vector y) {
    const simd::Vector above = simd::select(y > simd::zero(), simd::broadcast(1.0F), simd::zero());
    return simd::select(y < simd::broadcast(6.0F), above, simd::zero());
  }
};

/// y = x where x > 0, else Slope * x; the slope at 0 is Slope, as in PyTorch.
///
/// With a negative Slope y does not tell the sign of x.
template <Real Slope>
struct LeakyRelu {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = Slope.value >= 0;
  static constexpr bool few_instructions = true;
  static simd::Vector value(simd::Vector x) {
    return simd::select(x > simd::zero(), x, simd::broadcast(Slope.value) * x);
  }
  static simd::Vector slope(simd::Vector v) {  // x and y have one sign, where y is given
    return simd::select(v > simd::zero(), simd::broadcast(1.0F), simd::broadcast(Slope.value));
  }
};

/// y = x where x > 0, else Alpha * (exp(x) - 1); the slope at 0 is Alpha, as in PyTorch.
///
/// With a negative Alpha y does not tell the sign of x. Within 2.5 ulp; slope within 2e-7 * Alpha.
template <Real Alpha>
struct Elu {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = Alpha.value >= 0;
  static simd::Vector value(simd::Vector x) {
    return simd::select(x > simd::zero(), x, simd::broadcast(Alpha.value) * simd::expm1(x));
  }
  static simd::Vector slope(simd::Vector v) {
    const simd::Vector alpha = simd::broadcast(Alpha.value);
    const simd::Vector below = slope_from_output ? v + alpha : alpha * simd::exp(v);
    return simd::select(v > simd::zero(), simd::broadcast(1.0F), below);
  }
};

/// y = scale * x where x > 0, else scale * alpha * (exp(x) - 1); the slope at 0 is scale * alpha.
///
/// Within 2.5 ulp; slope within 3e-7.
struct Selu {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = true;
  static constexpr float scale = 1.0507009873554804934193349852946F;
  static constexpr float scaled_alpha = 1.7580993408473768599402175208123F;
  static simd::Vector value(simd::Vector x) {
    return simd::select(x > simd::zero(), simd::broadcast(scale) * x,
                        simd::broadcast(scaled_alpha) * simd::expm1(x));
  }
  static simd::Vector slope(simd::Vector y) {
    return simd::select(y > simd::zero(), simd::broadcast(scale),
                        y + simd::broadcast(scaled_alpha));
  }
};

/// y = 1 / (1 + exp(-x)), slope y (1 - y)
struct Sigmoid {
  static constexpr bool zero_at_zero = false;
  static constexpr bool slope_from_output = true;
  static simd::Vector value(simd::Vector x) {
    return simd::broadcast(1.0F) / (simd::broadcast(1.0F) + simd::exp(-x));
  }
  static simd::Vector slope(simd::Vector y) { return y * (simd::broadcast(1.0F) - y); }
};

/// y = tanh(x), slope 1 - y^2
struct Tanh {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = true;
  static simd::Vector value(simd::Vector x) { return simd::tanh(x); }
  static simd::Vector slope(simd::Vector y) { return simd::broadcast(1.0F) - y * y; }
};

/// y = x (1 + erf(x / sqrt(2))) / 2, slope (1 + erf(x / sqrt(2))) / 2 + x exp(-x^2 / 2) / sqrt(2 pi)
///
/// Within 1.5e-7 * max(1, |x|); slope within 2e-7.
struct Gelu {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = false;
  static simd::Vector value(simd::Vector x) { return x * below(x); }
  static simd::Vector slope(simd::Vector x) {
    const simd::Vector density = simd::exp(simd::broadcast(-0.5F) * x * x);
    return simd::fma(x * simd::broadcast(0.398942280401432678F), density, below(x));
  }

 private:
  /// The chance of a normal number below x.
  static simd::Vector below(simd::Vector x) {
    const simd::Vector half = simd::broadcast(0.5F);
    return simd::fma(half, simd::erf(x * simd::broadcast(0.707106781186547524F)), half);
  }
};

/// y = x / (1 + exp(-x)), slope s (1 + x (1 - s)) with s = 1 / (1 + exp(-x))
///
/// Within 1.5e-7 * max(1, |x|); slope within 3e-7.
struct Silu {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = false;
  static simd::Vector value(simd::Vector x) { return x / (simd::broadcast(1.0F) + simd::exp(-x)); }
  static simd::Vector slope(simd::Vector x) {
    const simd::Vector one = simd::broadcast(1.0F);
    const simd::Vector e = simd::exp(simd::min(simd::broadcast(80.0F), -x));  // e s = 1 - s, finite
    const simd::Vector s = one / (one + e);
    return s * simd::fma(x, e * s, one);
  }
};

/// y = x tanh(log(1 + exp(x)))
///
/// With e = exp(x) and n = e (e + 2), the tangent is n / (n + 2) and its slope 4 e (e + 1) /
/// (n + 2)^2: no logarithm, and nothing cancels. From x = 20 on both have reached 1 and 0.
///
/// Within 1.5e-7 * max(1, |x|); slope within 2e-7.
struct Mish {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = false;
  static simd::Vector value(simd::Vector x) {
    const Parts p(x);
    return x * (p.n / p.divisor);
  }
  static simd::Vector slope(simd::Vector x) {
    const Parts p(x);
    const simd::Vector rise = simd::broadcast(4.0F) * (p.e * (p.e + simd::broadcast(1.0F)));
    return simd::fma(x, rise / (p.divisor * p.divisor), p.n / p.divisor);
  }

 private:
  struct Parts {
    simd::Vector e;
    simd::Vector n;
    simd::Vector divisor;
    explicit Parts(simd::Vector x)
        : e(simd::exp(simd::min(simd::broadcast(20.0F), x))),
          n(e * (e + simd::broadcast(2.0F))),
          divisor(n + simd::broadcast(2.0F)) {}
  };
};

/// y = log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)); slope 1 - exp(-y)
///
/// From x = 20 on y is x to the last bit, which is PyTorch's threshold. Within 2 ulp where
/// x > -87; slope within 2e-7.
struct Softplus {
  static constexpr bool zero_at_zero = false;
  static constexpr bool slope_from_output = true;
  static simd::Vector value(simd::Vector x) {
    return simd::max(simd::zero(), x) + simd::log1p(simd::exp(-simd::abs(x)));
  }
  static simd::Vector slope(simd::Vector y) { return -simd::expm1(-y); }
};

/// y = x / (1 + |x|), slope (1 - |y|)^2
///
/// Within 1.5 ulp; slope within 2e-7.
struct Softsign {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = true;
  static simd::Vector value(simd::Vector x) { return x / (simd::broadcast(1.0F) + simd::abs(x)); }
  static simd::Vector slope(simd::Vector y) {
    const simd::Vector rest = simd::broadcast(1.0F) - simd::abs(y);
    return rest * rest;
  }
};

/// y = min(max(x + 3, 0), 6) / 6; the slope at -3 and at 3 is 0, as in PyTorch.
///
/// Within 1.5e-7; the slope of the last number below 3 is 0 too, as its y is 1.
struct HardSigmoid {
  static constexpr bool zero_at_zero = false;
  static constexpr bool slope_from_output = true;
  static constexpr bool few_instructions = true;
  static constexpr float sixth = 1.0F / 6;
  static simd::Vector value(simd::Vector x) {
    return simd::broadcast(sixth) * Relu6::value(x + simd::broadcast(3.0F));
  }
  static simd::Vector slope(simd::Vector y) {
    const simd::Vector above = simd::select(y > simd::zero(), simd::broadcast(sixth), simd::zero());
    return simd::select(y < simd::broadcast(1.0F), above, simd::zero());
  }
};

/// y = x min(max(x + 3, 0), 6) / 6; the slope at -3 is 0 and at 3 it is 1, as in PyTorch from 2.7.
///
/// Within 1.5e-7 * max(1, |x|); slope within 2e-7.
struct HardSwish {
  static constexpr bool zero_at_zero = true;
  static constexpr bool slope_from_output = false;
  static constexpr bool few_instructions = true;
  static simd::Vector value(simd::Vector x) { return x * HardSigmoid::value(x); }
  static simd::Vector slope(simd::Vector x) {
    const simd::Vector between = simd::fma(x, simd::broadcast(1.0F / 3), simd::broadcast(0.5F));
    const simd::Vector above = simd::select(x > simd::broadcast(-3.0F), between, simd::zero());
    return simd::select(x < simd::broadcast(3.0F), above, simd::broadcast(1.0F));
  }
};

}  // namespace convexpr::expr
