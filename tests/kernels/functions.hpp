// Functions that tests of kernels apply: short ones and long ones, that keep zeros and that do not.
#pragma once

#include <convexpr/expr/function.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace test {

namespace expr = convexpr::expr;

template <auto F, int Inputs = 1>
inline constexpr expr::Formula formula = expr::trace<F, Inputs>().formula;

template <auto F, int Inputs = 1>
using Function = expr::Function<expr::program_of<formula<F, Inputs>>()>;

struct ReluOf {
  constexpr auto operator()(auto x) const { return expr::max(x, 0.0F); }
};
struct SigmoidOf {
  constexpr auto operator()(auto x) const { return expr::sigmoid(x); }
};
struct TanhOf {
  constexpr auto operator()(auto x) const { return expr::tanh(x); }
};

using Relu = Function<ReluOf{}>;
using Sigmoid = Function<SigmoidOf{}>;
using Tanh = Function<TanhOf{}>;

}  // namespace test
