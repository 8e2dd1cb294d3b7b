// Random zeros while training.
#pragma once

#include <convexpr/layers/layer.hpp>
#include <convexpr/meta/real.hpp>

namespace convexpr {

namespace detail {

constexpr void declare_dropout(Shape in, float p, Declaration& d) {
  d.op.kind = Kind::dropout;
  d.op.out = in;
  d.op.probability = p;
  if (!(p >= 0 && p <= 1)) {
    d.refuse("dropout: the probability must lie between 0 and 1", p < 0 ? "less than 0" : "over 1",
             "0 to 1", "write dropout<0.5>");
  }
}

}  // namespace detail

/// In training, each value is 0 with probability P and x / (1 - P) otherwise; in inference y = x.
///
/// Shapes     x, y: any
/// Errors     while compiling: P outside 0 to 1
/// Source     Srivastava et al., "Dropout", JMLR 2014
/// See also   PyTorch's torch.nn.Dropout
template <Real P = 0.5>
struct Dropout final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_dropout(in, P.value, d);
  }
};

template <Real P = 0.5>
inline constexpr Dropout<P> dropout{};

}  // namespace convexpr
