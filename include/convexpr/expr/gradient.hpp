// Gradients of losses over tensors: `auto [dw, db] = cx::gradient(loss, w, b)`.
//
// Values and slopes of all elements come from one formula in one loop. Which leaf is which tensor is
// known at run time only, by its address: so the slopes of all leaves that may be an argument are
// computed, and of those that are not it none is stored.
#pragma once

#include <convexpr/expr/gradient_facts.hpp>
#include <convexpr/expr/gradient_sink.hpp>
#include <convexpr/expr/loop.hpp>
#include <convexpr/expr/reduce.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <tuple>

namespace convexpr::expr {

namespace detail {

// What the gradient of an argument is kept in.
template <class T, int... X>
Tensor<float, X...> zeros_like(const Tensor<T, X...>&) {
  return {};
}
template <class T, int... X>
Tensor<float, X...> zeros_like(const TensorView<T, X...>&) {
  return {};
}
template <class T, int... X>
Batch<float, X...> zeros_like(const Batch<T, X...>& x) {
  return Batch<float, X...>(x.size());
}
inline float zeros_like(float) { return 0; }

template <class T>
auto place_of(T& x) {
  if constexpr (HoldsValues<T>) {
    return x.data();
  } else {
    return &x;
  }
}

/// Where the arguments lie, where their gradients go, and which of them the loss was seen to read.
template <class... Arguments>
struct Gradients {
  static constexpr int count = sizeof...(Arguments);

  const float* argument[count];
  float* gradient[count];
  bool is_read[count]{};

  void require(int j) const {
    if (is_read[j]) return;
    throw std::invalid_argument("gradient: the loss does not read argument " +
                                std::to_string(j + 1) + " of those it is asked for");
  }
};

/// Adds the gradients of one term; gives the term's value.
template <class Plan, unsigned Written, class Tree, class... X>
double add_term(const Term<Tree>& term, Gradients<X...>& to) {
  const auto tree = weighted(term);
  const Streams<Plan::facts> streams(tree);
  GradientSink<Plan, Written> sink(streams, to.argument, to.gradient);
  for (int j = 0; j < Plan::arguments; ++j) {
    to.is_read[j] = to.is_read[j] || sink.meets(j);
    // A batch that is not met may be a smaller one, and no other term can read it.
    if (Plan::is_stored(j) && Plan::facts.domain.is_batch) to.require(j);
  }
  run_loop(streams, sink);
  sink.finish();
  return sink.value();
}

template <bool WithValue, unsigned Written, class... X>
double add_terms(Gradients<X...>&) {
  return 0;
}
template <bool WithValue, unsigned Written, class... X, class Tree, class... More>
double add_terms(Gradients<X...>& to, const Term<Tree>& term, const Term<More>&... more) {
  using Plan = GradientPlan<Tree, WithValue, X...>;
  double value = 0;
  if constexpr (WithValue || Plan::wanted != 0) value = add_term<Plan, Written>(term, to);
  return value + add_terms < WithValue, Written | Plan::read() > (to, more...);
}

/// The value, and the gradients of all arguments.
template <bool WithValue, class Loss, class... X>
auto differentiated(const Loss& loss, const X&... x) {
  std::tuple results(0.0F, zeros_like(x)...);
  std::apply(
      [&](float& value, auto&... dx) {
        Gradients<X...> to{{place_of(x)...}, {place_of(dx)...}};
        value = static_cast<float>(
            std::apply([&](const auto&... term) { return add_terms<WithValue, 0>(to, term...); },
                       loss.terms()));
        for (int j = 0; j < to.count; ++j) to.require(j);
      },
      results);
  return results;
}

}  // namespace detail

/// The value of a loss, and its gradient for each argument: `auto [loss, dw, db] = ...`.
///
/// loss       made of sum(e), mean(e) and dot(p, q)
/// x          operands of the loss: tensors, views, batches; floats that it reads by scalar(a)
///
/// Shapes     a Tensor or a Batch of the argument's shape, or a float for a float
/// Cost       one pass over memory for each shape in the loss; allocates the results
/// Accuracy   sums as in `sum`; slopes as `evaluate` computes them; at corners as in `differentiate`,
///            where numbers and what is written as a float count as constants
/// Errors     while compiling: no such loss, or an argument that it cannot read;
///            std::invalid_argument: it does not read it, batches differ in size, the mean is one of
///            an empty batch
template <class Loss, class... X>
  requires(sizeof...(X) > 0)
auto value_and_gradient(const Loss& loss, const X&... x) {
  using Refused = detail::GradientRefusal<true, Loss, X...>;
  static_cast<void>(convexpr::detail::Insist<Refused::first>{});
  if constexpr (!Refused::first.happened()) return detail::differentiated<true>(loss, x...);
}

/// The gradient of a loss: for one argument a tensor of its shape, for several a tuple of them,
/// `auto [dw, db] = gradient(loss, w, b)`.
///
/// See also   value_and_gradient, which says more
template <class Loss, class... X>
  requires(sizeof...(X) > 0)
auto gradient(const Loss& loss, const X&... x) {
  using Refused = detail::GradientRefusal<false, Loss, X...>;
  static_cast<void>(convexpr::detail::Insist<Refused::first>{});
  if constexpr (!Refused::first.happened()) {
    auto results = detail::differentiated<false>(loss, x...);
    return std::apply(
        [](float, auto&... dx) {
          if constexpr (sizeof...(dx) == 1) {
            return (std::move(dx), ...);
          } else {
            return std::tuple(std::move(dx)...);
          }
        },
        results);
  }
}

}  // namespace convexpr::expr

namespace convexpr {

using expr::gradient;
using expr::value_and_gradient;

}  // namespace convexpr
