// A layer of your own: what its type looks like, and what is said where it does not.
//
// Next: graph/declare.hpp, where a layer becomes an operation.
#pragma once

#include <concepts>
#include <convexpr/layers/layer.hpp>
#include <convexpr/layers/views.hpp>

namespace convexpr {

/// A layer that brings its own code. It may stand wherever the library's layers may.
///
///     template <int R>
///     struct PixelShuffle final : cx::Layer {
///       static constexpr void declare(cx::Shape in, cx::Declaration& d);   // while compiling
///       static void forward(cx::LayerInput x, cx::LayerOutput y);          // one example
///       static void vjp(cx::LayerInput dy, cx::LayerOutput dx);            // one example
///     };
///
/// `declare` is what the library's own layers have: it sets `d.op.out`, unless that is `in`, and
/// `d.op.macs`; `d.op.window`, if units of the output see a window of the input; adds parameters
/// with `d.add`; and says with `d.refuse` what does not fit.
///
/// `forward` is one of
///
///     forward(LayerInput x, LayerOutput y)                          of a layer without parameters
///     forward(LayerInput x, LayerParameters w, LayerOutput y)
///
/// and `vjp`, which gives dL/dx from dL/dy and adds dL/dw to what other examples gave, one of
///
///     vjp(LayerInput dy, LayerOutput dx)                            linear: x need not be kept
///     vjp(LayerInput x, LayerInput dy, LayerOutput dx)              without parameters
///     vjp(LayerInput x, LayerParameters w, LayerInput dy, LayerOutput dx, LayerGradients dw)
///
/// A layer without `vjp` is for inference: training through it does not compile.
///
/// Requires   functions that depend on their arguments alone, and that several threads may run
/// Ensures    y, dx, and before the first example of a batch dw, are 0 when a function is called
/// Errors     while compiling, with the path of the layer: a function that is missing or takes
///            something else; an output that is no shape; parameters that a state dict cannot hold
/// Cost       beside that of its functions, a copy of x and y (backward of x, dy and dx) for each
///            example, from the library's layout and back
/// See also   check_gradient, which finds out whether a vjp is right; docs/how-to/write_a_layer.md
template <class L>
concept UserLayer =
    IsLayer<L> && requires(Shape in, Declaration& d) { L::declare(in, d); } &&
    (requires(LayerInput x, LayerOutput y) { L::forward(x, y); } ||
     requires(LayerInput x, LayerParameters w, LayerOutput y) { L::forward(x, w, y); });

namespace detail {

// Which of the forms a function has.
template <class L>
concept ForwardOfParameters = requires(LayerInput x, LayerParameters w, LayerOutput y) {
  { L::forward(x, w, y) } -> std::same_as<void>;
};
template <class L>
concept PlainForward = requires(LayerInput x, LayerOutput y) {
  { L::forward(x, y) } -> std::same_as<void>;
};
template <class L>
concept VjpOfParameters =
    requires(LayerInput x, LayerParameters w, LayerInput dy, LayerOutput dx, LayerGradients dw) {
      { L::vjp(x, w, dy, dx, dw) } -> std::same_as<void>;
    };
template <class L>
concept PlainVjp = requires(LayerInput x, LayerInput dy, LayerOutput dx) {
  { L::vjp(x, dy, dx) } -> std::same_as<void>;
};
template <class L>
concept LinearVjp = requires(LayerInput dy, LayerOutput dx) {
  { L::vjp(dy, dx) } -> std::same_as<void>;
};

template <class L>
concept HasForward = ForwardOfParameters<L> || PlainForward<L> || requires { &L::forward; };
template <class L>
concept HasVjp = VjpOfParameters<L> || PlainVjp<L> || LinearVjp<L> || requires { &L::vjp; };

/// The functions of a layer in the one form in which they are called.
template <class L>
struct UserCalls {
  static void forward(LayerInput x, [[maybe_unused]] LayerParameters w, LayerOutput y) {
    if constexpr (ForwardOfParameters<L>) {
      L::forward(x, w, y);
    } else {
      L::forward(x, y);
    }
  }
  static void vjp([[maybe_unused]] LayerInput x, [[maybe_unused]] LayerParameters w, LayerInput dy,
                  LayerOutput dx, [[maybe_unused]] LayerGradients dw) {
    if constexpr (VjpOfParameters<L>) {
      L::vjp(x, w, dy, dx, dw);
    } else if constexpr (PlainVjp<L>) {
      L::vjp(x, dy, dx);
    } else {
      L::vjp(dy, dx);
    }
  }
};

template <class L>
inline constexpr UserFunctions user_functions = [] {
  UserFunctions f;
  if constexpr (ForwardOfParameters<L> || PlainForward<L>) f.forward = &UserCalls<L>::forward;
  if constexpr (VjpOfParameters<L> || PlainVjp<L> || LinearVjp<L>) f.vjp = &UserCalls<L>::vjp;
  f.vjp_reads_input = VjpOfParameters<L> || PlainVjp<L>;
  return f;
}();

/// What a type says of its functions, as values.
struct UserForms {
  std::string_view type;
  const UserFunctions* functions = nullptr;
  bool forward_takes_parameters = false;
  bool has_vjp = false;  // in whatever form
  bool vjp_takes_parameters = false;
};

template <class L>
constexpr UserForms user_forms() {
  return {type_name<L>(), &user_functions<L>, ForwardOfParameters<L>, HasVjp<L>,
          VjpOfParameters<L>};
}

constexpr void require_user_functions(const UserForms& u, Declaration& d) {
  const std::string_view name = unqualified(u.type);
  const bool parameters = d.parameter_count > 0;
  if (u.functions->forward == nullptr || (parameters && !u.forward_takes_parameters)) {
    d.refuse(parameters ? "user_layer: forward must take x, its parameters and y"
                        : "user_layer: forward must take x and y, and give nothing",
             Sentence() << "another forward in " << name,
             parameters ? "static void forward(LayerInput x, LayerParameters w, LayerOutput y)"
                        : "static void forward(LayerInput x, LayerOutput y)",
             "write it in this form, static and public");
  }
  const bool fits = u.functions->vjp != nullptr && (!parameters || u.vjp_takes_parameters);
  if (u.has_vjp && !fits) {
    d.refuse(parameters ? "user_layer: vjp must take x, its parameters, dy, dx and their gradients"
                        : "user_layer: vjp must take dy and dx, or x before them",
             Sentence() << "another vjp in " << name,
             parameters ? "static void vjp(LayerInput x, LayerParameters w, LayerInput dy, "
                          "LayerOutput dx, LayerGradients dw)"
                        : "static void vjp(LayerInput x, LayerInput dy, LayerOutput dx)",
             "write it in this form, static and public, or leave it out for inference alone");
  }
}

/// A shape as `shape(...)` makes it.
constexpr bool is_whole(Shape s) {
  return is_possible(s) && (s.rank > 2 || s.height == 1) && (s.rank > 1 || s.width == 1);
}

constexpr void require_user_output(Declaration& d) {
  const Shape& out = d.op.out;
  if (is_whole(out)) return;
  d.refuse("user_layer: the output must have one to three positive extents",
           Sentence() << out.channels << "x" << out.height << "x" << out.width << " of rank "
                      << out.rank,
           "a shape, as shape(...) makes it",
           "write d.op.out = shape(channels, height, width), or shape(features)");
}

/// Whether the extents that are given are as many as the rank says.
constexpr bool counts_extents(const ParameterSpec& p) {
  for (int axis = 0; axis < static_cast<int>(p.extents.size()); ++axis) {
    const int extent = p.extents[static_cast<std::size_t>(axis)];
    if (axis < p.rank ? extent < 1 : extent != 0) return false;
  }
  return p.rank >= 0 && p.rank <= static_cast<int>(p.extents.size());
}

constexpr void require_user_parameters(Declaration& d) {
  for (int i = 0; i < d.parameter_count; ++i) {
    const ParameterSpec& p = d.parameters[static_cast<std::size_t>(i)];
    if (!is_word(p.name)) {
      d.refuse("user_layer: the name of a parameter must be a word",
               Sentence() << "\"" << p.name << "\"", "not empty, no dot in it, and no number",
               "write a name such as \"weight\"; the path of the layer comes by itself");
    }
    for (int k = 0; k < i; ++k) {
      if (d.parameters[static_cast<std::size_t>(k)].name != p.name) continue;
      d.refuse("user_layer: the name of a parameter is taken",
               Sentence() << "\"" << p.name << "\" twice", "one parameter of a name",
               "write another name for the second one");
    }
    if (!counts_extents(p)) {
      Sentence got = Sentence() << p.name << ": rank " << p.rank << ", extents";
      for (const int extent : p.extents) got << " " << extent;
      d.refuse("user_layer: a parameter must have as many positive extents as its rank", got,
               "none to four extents of 1 or more, then 0",
               "write .extents = {channels, 3}, .rank = 2");
    }
  }
}

/// Makes what a user's layer declared an operation, or refuses it.
constexpr void complete_user_layer(const UserForms& u, Declaration& d) {
  d.op.kind = Kind::user;
  d.op.user = u.functions;
  if (d.op.called.empty()) d.op.called = unqualified(u.type);
  for (ParameterSpec& p : d.parameters) p.packing = Packing::plain;  // read as they are written
  if (d.refusal.happened()) return;
  require_user_functions(u, d);
  require_user_output(d);
  require_user_parameters(d);
}

/// Such a layer would let its input pass as it is.
constexpr void refuse_without_forward(std::string_view type, Declaration& d) {
  d.refuse("user_layer: there must be a function that computes the output",
           Sentence() << unqualified(type) << " without forward",
           "static void forward(LayerInput x, LayerOutput y)",
           "write it, with LayerParameters w between the two if the layer has parameters");
}

}  // namespace detail
}  // namespace convexpr
