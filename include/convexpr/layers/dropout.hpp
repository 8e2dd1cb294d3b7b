// Random zeros while training.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>
#include <convexpr/meta/real.hpp>

namespace convexpr {

namespace detail {

constexpr void declare_dropout(std::string_view layer, Kind kind, Shape in, float p,
                               Declaration& d) {
  d.op.kind = kind;
  d.op.out = in;
  d.op.probability = p;
  if (!(p >= 0 && p <= 1)) {
    d.refuse(about(layer, "the probability must lie between 0 and 1"),
             p < 0   ? "less than 0"
             : p > 1 ? "over 1"
                     : "not a number",
             "0 to 1", Sentence() << "write " << layer << "<0.5>");
  }
}

constexpr void declare_dropout2d(Shape in, float p, Declaration& d) {
  declare_dropout("dropout2d", Kind::dropout2d, in, p, d);
  if (in.rank == 1) {
    d.refuse("dropout2d: the input must be an image or a sequence", words(in),
             "channels of more than one value", "write dropout<0.5> for a vector of features");
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
    detail::declare_dropout("dropout", Kind::dropout, in, P.value, d);
  }
};

template <Real P = 0.5>
inline constexpr Dropout<P> dropout{};

/// In training, each channel of each example is 0 with probability P and x / (1 - P) otherwise; in
/// inference y = x.
///
/// Shapes     x, y: images or sequences
/// Errors     while compiling: P outside 0 to 1; the input is a vector of features
/// Source     Tompson and others, "Efficient object localization using convolutional networks",
///            CVPR 2015
/// See also   PyTorch's torch.nn.Dropout2d
template <Real P = 0.5>
struct Dropout2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::declare_dropout2d(in, P.value, d);
  }
};

template <Real P = 0.5>
inline constexpr Dropout2d<P> dropout2d{};

}  // namespace convexpr
