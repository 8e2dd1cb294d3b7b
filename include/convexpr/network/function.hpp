// Which function of expr/activation.hpp computes an activation.
#pragma once

#include <convexpr/expr/activation.hpp>
#include <convexpr/graph/graph.hpp>

namespace convexpr::detail {

template <Kind K, Real Alpha>
struct FunctionOf {
  using type = expr::Identity;
};

// clang-format off
template <Real A> struct FunctionOf<Kind::relu, A> { using type = expr::Relu; };
template <Real A> struct FunctionOf<Kind::leaky_relu, A> { using type = expr::LeakyRelu<A>; };
template <Real A> struct FunctionOf<Kind::elu, A> { using type = expr::Elu<A>; };
template <Real A> struct FunctionOf<Kind::selu, A> { using type = expr::Selu; };
template <Real A> struct FunctionOf<Kind::gelu, A> { using type = expr::Gelu; };
template <Real A> struct FunctionOf<Kind::silu, A> { using type = expr::Silu; };
template <Real A> struct FunctionOf<Kind::mish, A> { using type = expr::Mish; };
template <Real A> struct FunctionOf<Kind::sigmoid, A> { using type = expr::Sigmoid; };
template <Real A> struct FunctionOf<Kind::tanh, A> { using type = expr::Tanh; };
template <Real A> struct FunctionOf<Kind::softplus, A> { using type = expr::Softplus; };
template <Real A> struct FunctionOf<Kind::softsign, A> { using type = expr::Softsign; };
template <Real A> struct FunctionOf<Kind::hard_swish, A> { using type = expr::HardSwish; };
template <Real A> struct FunctionOf<Kind::hard_sigmoid, A> { using type = expr::HardSigmoid; };
template <Real A> struct FunctionOf<Kind::relu6, A> { using type = expr::Relu6; };
// clang-format on

template <graph::Activation A>
struct CheckedFunction : FunctionOf<A.kind, Real{A.alpha}> {
  // What the graph's adjoint reads is what the function's slope is given.
  static_assert(graph::slope_follows_from_output(A) ==
                FunctionOf<A.kind, Real{A.alpha}>::type::slope_from_output);
};

/// The function of an activation; that of none leaves its input as it is.
template <graph::Activation A>
using Function = typename CheckedFunction<A>::type;

}  // namespace convexpr::detail
