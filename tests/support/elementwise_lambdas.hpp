// The activations, each as one line that elementwise functions can be traced from.
#pragma once

#include <convexpr/expr/functions.hpp>

namespace lambdas {

namespace cx = convexpr;
namespace expr = convexpr::expr;

inline constexpr auto identity = [](auto x) { return x; };
inline constexpr auto relu = [](auto x) { return cx::max(x, 0); };
inline constexpr auto relu6 = [](auto x) { return cx::min(cx::max(x, 0), 6); };
template <float Slope>
inline constexpr auto leaky_relu = [](auto x) { return cx::select(x > 0, x, Slope * x); };
template <float Alpha>
inline constexpr auto elu = [](auto x) { return cx::select(x > 0, x, Alpha * cx::expm1(x)); };
inline constexpr float selu_scale = 1.0507009873554804934F;
inline constexpr float selu_alpha = 1.6732632423543772848F;
inline constexpr auto selu = [](auto x) {
  return selu_scale * cx::select(x > 0, x, selu_alpha * cx::expm1(x));
};
inline constexpr auto gelu = [](auto x) {
  return x * (0.5 * cx::erf(x * 0.707106781186547524) + 0.5);
};
inline constexpr auto silu = [](auto x) { return x * expr::sigmoid(x); };
inline constexpr auto mish = [](auto x) { return x * expr::tanh(expr::softplus(x)); };
// The same with one exponential, whose square is finite, and no logarithm.
inline constexpr auto short_mish = [](auto x) {
  const auto e = cx::exp(cx::min(x, 20));
  return x - 2 * x / (e * (e + 2) + 2);
};
inline constexpr auto sigmoid = [](auto x) { return expr::sigmoid(x); };
inline constexpr auto tanh = [](auto x) { return expr::tanh(x); };
inline constexpr auto softplus = [](auto x) { return expr::softplus(x); };
inline constexpr auto softsign = [](auto x) { return x / (1 + cx::abs(x)); };
inline constexpr auto hard_sigmoid = [](auto x) {
  return cx::min(cx::max(x + 3, 0), 6) * (1.0F / 6);
};
inline constexpr auto hard_swish = [](auto x) { return x * hard_sigmoid(x); };

}  // namespace lambdas
