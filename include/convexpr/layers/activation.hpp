// Activations: elementwise functions, and the two that normalise over channels.
//
// Each elementwise one says in one line, `of`, what it computes. Called with an expression it takes
// part in another function, as in `x * cx::sigmoid(x)`; its derivative follows from the line.
#pragma once

#include <cfloat>
#include <convexpr/expr/call.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <convexpr/layers/layer.hpp>
#include <convexpr/meta/real.hpp>
#include <utility>

namespace convexpr {

namespace detail {

/// What an activation computes, as a function of symbols.
template <class Self>
struct FunctionOf {
  constexpr auto operator()(auto x) const { return Self::of(x); }
};

/// The base of an elementwise function of one value.
template <class Self>
struct Function : Layer {
  /// Its value where it takes part in another function, or in an expression over tensors.
  template <class X>
    requires expr::IsOperand<X>
  constexpr auto operator()(X&& x) const {
    return expr::call<FunctionOf<Self>{}>(std::forward<X>(x));
  }
};

template <class F>
inline constexpr expr::Formula formula_of = expr::trace<FunctionOf<F>{}, 1>().formula;

template <class F>
constexpr void declare_function(Kind kind, Shape in, Declaration& d) {
  d.op.kind = kind;
  d.op.formula = &formula_of<F>;
  d.op.out = in;
}

/// The same with the one parameter that some functions have, called `option`.
template <class F>
constexpr void declare_function(Kind kind, Shape in, float parameter, const Sentence& option,
                                std::string_view example, Declaration& d) {
  declare_function<F>(kind, in, d);
  d.op.alpha = parameter;
  if (!(parameter >= -FLT_MAX && parameter <= FLT_MAX)) {
    d.refuse(Sentence() << option << " must be finite", "infinite, or not a number",
             "a finite number", Sentence() << "write " << example);
  }
}

/// Over one channel the result is 1 whatever comes in, and its gradient 0: never what is meant.
constexpr void declare_softmax(std::string_view layer, Kind kind, Shape in, Declaration& d) {
  d.op.kind = kind;
  d.op.out = in;
  if (in.channels < 2) {
    d.refuse(
        Sentence() << layer << ": needs two or more channels or features to compare",
        in.size() > 1 ? (Sentence() << words(in) << ": flatten is missing before it") : words(in),
        "2 or more channels",
        in.size() > 1 ? Sentence() << "write flatten | " << layer
                      : Sentence("write sigmoid for the probability of one class"));
  }
}

}  // namespace detail

/// y = max(x, 0)
///
/// See also   PyTorch's torch.nn.ReLU; the slope at 0 is 0
struct ReLU final : detail::Function<ReLU> {
  static constexpr auto of(const auto& x) { return max(x, 0.0F); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<ReLU>(Kind::relu, in, d);
  }
};

inline constexpr ReLU relu{};

/// y = min(max(x, 0), 6)
///
/// See also   PyTorch's torch.nn.ReLU6; the slope at 0 and at 6 is 0
struct ReLU6 final : detail::Function<ReLU6> {
  static constexpr auto of(const auto& x) { return min(max(x, 0.0F), 6.0F); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<ReLU6>(Kind::relu6, in, d);
  }
};

inline constexpr ReLU6 relu6{};

/// y = x where x > 0, else Slope * x
///
/// Errors     while compiling: Slope infinite or not a number
/// See also   PyTorch's torch.nn.LeakyReLU; the slope at 0 is Slope
template <Real Slope = 0.01>
struct LeakyReLU final : detail::Function<LeakyReLU<Slope>> {
  static constexpr auto of(const auto& x) { return select(x > 0.0F, x, Slope.value * x); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<LeakyReLU<Slope>>(Kind::leaky_relu, in, Slope.value,
                                               "leaky_relu: the slope",
                                               "leaky_relu<0.01>, or leaky_relu<>", d);
  }
};

template <Real Slope = 0.01>
inline constexpr LeakyReLU<Slope> leaky_relu{};

/// y = x where x > 0, else Alpha * (exp(x) - 1)
///
/// Errors     while compiling: Alpha infinite or not a number
/// Source     Clevert, Unterthiner, Hochreiter, "Fast and accurate deep network learning by
///            exponential linear units", ICLR 2016
/// See also   PyTorch's torch.nn.ELU; the slope at 0 is Alpha
template <Real Alpha = 1>
struct ELU final : detail::Function<ELU<Alpha>> {
  static constexpr auto of(const auto& x) { return select(x > 0.0F, x, Alpha.value * expm1(x)); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<ELU<Alpha>>(Kind::elu, in, Alpha.value, "elu: alpha",
                                         "elu<1>, or elu<>", d);
  }
};

template <Real Alpha = 1>
inline constexpr ELU<Alpha> elu{};

/// y = scale * x where x > 0, else scale * alpha * (exp(x) - 1)
///
/// with scale = 1.0507009873554805 and alpha = 1.6732632423543773, which keep mean 0 and variance 1
/// from layer to layer.
///
/// Source     Klambauer and others, "Self-normalizing neural networks", NeurIPS 2017
/// See also   PyTorch's torch.nn.SELU; the slope at 0 is scale * alpha
struct SELU final : detail::Function<SELU> {
  static constexpr float scale = 1.0507009873554804934193349852946F;
  static constexpr float scaled_alpha = 1.7580993408473768599402175208123F;
  static constexpr auto of(const auto& x) {
    return select(x > 0.0F, scale * x, scaled_alpha * expm1(x));
  }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<SELU>(Kind::selu, in, d);
  }
};

inline constexpr SELU selu{};

/// y = x * (1 + erf(x / sqrt(2))) / 2
///
/// Source     Hendrycks and Gimpel, "Gaussian error linear units (GELUs)", 2016; the exact form
/// See also   PyTorch's torch.nn.GELU()
struct GELU final : detail::Function<GELU> {
  static constexpr auto of(const auto& x) {
    return x * (0.5F + 0.5F * erf(0.707106781186547524F * x));
  }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<GELU>(Kind::gelu, in, d);
  }
};

inline constexpr GELU gelu{};

/// y = x / (1 + exp(-x))
///
/// See also   PyTorch's torch.nn.SiLU
struct SiLU final : detail::Function<SiLU> {
  static constexpr auto of(const auto& x) { return x * expr::sigmoid(x); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<SiLU>(Kind::silu, in, d);
  }
};

inline constexpr SiLU silu{};

/// y = x * tanh(log(1 + exp(x)))
///
/// Source     Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020
/// See also   PyTorch's torch.nn.Mish
struct Mish final : detail::Function<Mish> {
  static constexpr auto of(const auto& x) {  // x (1 - 2 / (e (e + 2) + 2)): one exponential
    const auto e = exp(min(x, 20.0F));       // whose square is finite; from 20 on y is x
    return x - 2.0F * x / (e * (e + 2.0F) + 2.0F);
  }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<Mish>(Kind::mish, in, d);
  }
};

inline constexpr Mish mish{};

/// y = 1 / (1 + exp(-x))
///
/// See also   PyTorch's torch.nn.Sigmoid
struct Sigmoid final : detail::Function<Sigmoid> {
  static constexpr auto of(const auto& x) { return expr::sigmoid(x); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<Sigmoid>(Kind::sigmoid, in, d);
  }
};

inline constexpr Sigmoid sigmoid{};

/// y = tanh(x)
///
/// See also   PyTorch's torch.nn.Tanh
struct Tanh final : detail::Function<Tanh> {
  static constexpr auto of(const auto& x) { return expr::tanh(x); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<Tanh>(Kind::tanh, in, d);
  }
};

inline constexpr Tanh tanh{};

/// y = log(1 + exp(x))
///
/// See also   PyTorch's torch.nn.Softplus(): from its threshold, 20, on y is x to the last bit
struct Softplus final : detail::Function<Softplus> {
  static constexpr auto of(const auto& x) { return expr::softplus(x); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<Softplus>(Kind::softplus, in, d);
  }
};

inline constexpr Softplus softplus{};

/// y = x / (1 + |x|)
///
/// See also   PyTorch's torch.nn.Softsign
struct Softsign final : detail::Function<Softsign> {
  static constexpr auto of(const auto& x) { return x / (1.0F + abs(x)); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<Softsign>(Kind::softsign, in, d);
  }
};

inline constexpr Softsign softsign{};

/// y = x * min(max(x + 3, 0), 6) / 6
///
/// Source     Howard and others, "Searching for MobileNetV3", ICCV 2019
/// See also   PyTorch's torch.nn.Hardswish; the slope at -3 is 0 and at 3 it is 1
struct HardSwish final : detail::Function<HardSwish> {
  static constexpr auto of(const auto& x) {
    return select(x < 3.0F, 1.0F / 6 * x * max(x + 3.0F, 0.0F), x);
  }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<HardSwish>(Kind::hard_swish, in, d);
  }
};

inline constexpr HardSwish hard_swish{};

/// y = min(max(x + 3, 0), 6) / 6
///
/// See also   PyTorch's torch.nn.Hardsigmoid; the slope at -3 and at 3 is 0
struct HardSigmoid final : detail::Function<HardSigmoid> {
  static constexpr auto of(const auto& x) { return 1.0F / 6 * min(max(x + 3.0F, 0.0F), 6.0F); }
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_function<HardSigmoid>(Kind::hard_sigmoid, in, d);
  }
};

inline constexpr HardSigmoid hard_sigmoid{};

/// Values over the channels (or features) as probabilities, at each pixel.
///
///     y[c] = exp(x[c] - m) / sum over i of exp(x[i] - m),   m = max over i of x[i]
///
/// Shapes     x, y: features, or C x H x W
/// Errors     while compiling: fewer than two channels
/// See also   PyTorch's torch.nn.Softmax(dim=1)
struct Softmax final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_softmax("softmax", Kind::softmax, in, d);
  }
};

inline constexpr Softmax softmax{};

/// The logarithm of `Softmax`, computed without the detour.
///
///     y[c] = x[c] - m - log(sum over i of exp(x[i] - m)),   m = max over i of x[i]
///
/// Shapes     x, y: features, or C x H x W
/// Errors     while compiling: fewer than two channels
/// See also   PyTorch's torch.nn.LogSoftmax(dim=1)
struct LogSoftmax final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_softmax("log_softmax", Kind::log_softmax, in, d);
  }
};

inline constexpr LogSoftmax log_softmax{};

}  // namespace convexpr
