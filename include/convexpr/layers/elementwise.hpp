// A user's own elementwise function, of one value or of several branches, with learned parameters.
//
// The function is called once, while compiling, with symbols; what it returns is taken down as a
// formula (expr/trace.hpp), from which its derivative is derived. The functions to write it with
// stand in expr/functions.hpp, and every activation can be called as one.
#pragma once

#include <array>
#include <convexpr/expr/call.hpp>
#include <convexpr/expr/derivative.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <convexpr/layers/layer.hpp>
#include <convexpr/meta/real.hpp>
#include <utility>

namespace convexpr {

struct ParameterOptions {
  Real initial = 0;         // in a new network, before initialize or load_state_dict
  bool per_channel = true;  // else one number for all channels
};

/// A learned parameter of an elementwise function, called `Name` in the state dict.
template <text Name, ParameterOptions O = ParameterOptions{}>
struct Parameter final {
  static constexpr std::string_view name = Name.view();
  static constexpr ParameterOptions options = O;
};

template <text Name, ParameterOptions O = ParameterOptions{}>
inline constexpr Parameter<Name, O> parameter{};

namespace detail {

inline constexpr int most_function_parameters = 4;

template <auto F, int Arguments>
inline constexpr expr::Traced traced = expr::trace<F, Arguments>();

/// Whether a name can stand in a state dict.
constexpr bool is_parameter_name(std::string_view name) {
  return !name.empty() && name.find('.') == std::string_view::npos;
}

template <auto... P>
constexpr void declare_parameters(std::string_view layer, Declaration& d) {
  constexpr std::array<std::string_view, sizeof...(P)> names{P.name...};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_parameter_name(names[i])) {
      d.refuse(Sentence() << layer << ": a parameter must have a name without a dot",
               Sentence() << "\"" << names[i] << "\"", "a name such as \"slope\"",
               "write parameter<\"slope\">");
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (names[k] == names[i]) {
        d.refuse(Sentence() << layer << ": parameters must have different names",
                 Sentence() << "\"" << names[i] << "\" twice", "another name for each",
                 "give each parameter its own name");
      }
    }
  }
  [[maybe_unused]] const int channels = d.op.out.channels;
  (d.add({.name = P.name,
          .extents = {P.options.per_channel ? channels : 1},
          .rank = 1,
          .initial = P.options.initial.value}),
   ...);
}

/// What a function of `Inputs` values and of parameters declares, all of one shape.
template <auto F, int Inputs, auto... P>
constexpr void declare_traced(std::string_view layer, Declaration& d) {
  constexpr int parameters = static_cast<int>(sizeof...(P));
  if constexpr (parameters > most_function_parameters || Inputs + parameters > expr::most_inputs) {
    d.refuse(Sentence() << layer << ": the function has too many arguments",
             Sentence() << Inputs << (Inputs == 1 ? " value and " : " values and ") << parameters
                        << " parameters",
             Sentence() << "at most " << expr::most_inputs << ", and " << most_function_parameters
                        << " parameters",
             "write two functions, one after the other");
  } else {
    constexpr const expr::Traced& t = traced<F, Inputs + parameters>;
    if (t.refusal.happened()) {
      d.refuse(t.refusal.fact, t.refusal.got, t.refusal.wanted, t.refusal.hint);
      return;
    }
    if constexpr (t.formula.size > expr::most_instructions / 4) {
      constexpr unsigned all = (1U << t.formula.input_count) - 1;
      if (expr::differentiate(t.formula, all).formula.size == 0) {
        d.refuse(Sentence() << layer << ": the derivative of the function has too many operations",
                 "more than fit a formula",
                 Sentence() << "at most " << expr::most_instructions << " after simplification",
                 "write two functions, one after the other");
      }
    }
    d.op.kind = Kind::elementwise;
    d.op.formula = &t.formula;
    declare_parameters<P...>(layer, d);
  }
}

}  // namespace detail

/// y = F(x), or with parameters, F(x, p, ...), for each value of x.
///
///     cx::elementwise<[](auto x) { return x * cx::sigmoid(x); }>
///     cx::elementwise<[](auto x, auto slope) { return cx::select(x > 0, x, slope * x); },
///                     cx::parameter<"slope", {.initial = 0.25}>>
///
/// Shapes     x, y: any, C channels or features    p: C, or 1 unless per_channel
/// Parameters C for each of P that is per channel, 1 for each other
/// Accuracy   that of each operation (simd/vector.hpp); products may be joined with a sum after them
/// Errors     while compiling: F takes another number of arguments, or does with them what cannot
///            be taken down; two parameters of one name; more than 4
/// See also   zip, for functions of several branches
template <auto F, auto... P>
struct Elementwise final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.out = in;
    detail::declare_traced<F, 1, P...>("elementwise", d);
  }
  /// Its value where it takes part in another function, or in an expression over tensors.
  template <class X>
    requires(expr::IsOperand<X> && sizeof...(P) == 0)
  constexpr auto operator()(X&& x) const {
    return expr::call<F>(std::forward<X>(x));
  }
};

template <auto F, auto... P>
inline constexpr Elementwise<F, P...> elementwise{};

/// The parameters of a function, as one type.
template <auto... P>
struct Parameters;

/// y = F(a, b, ...) of the outputs of branches that read one input, and of parameters behind them.
///
///     cx::zip<[](auto a, auto b) { return a * cx::sigmoid(b); }>(branch, other_branch)
///
/// In a state dict the branches are positions 0, 1, ...; the parameters stand beside them.
///
/// Shapes     all branches and y: one shape
/// Errors     while compiling: no branch; branches of different shapes; as for Elementwise
template <auto F, class Of, class... Branches>
struct Zip final : Layer {};

template <auto F, auto... P, class... Branches>
constexpr Zip<F, Parameters<P...>, Branches...> zip(Branches...) {
  return {};
}

}  // namespace convexpr
