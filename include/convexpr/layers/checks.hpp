// Checks that several layers share, each with its sentence.
#pragma once

#include <climits>
#include <convexpr/layers/operation.hpp>

namespace convexpr::detail {

/// The extent of an option that was left out and has no default of its own.
inline constexpr int not_given = INT_MIN;

/// "conv2d: " and what must hold.
constexpr Sentence about(std::string_view layer, std::string_view fact) {
  return Sentence() << layer << ": " << fact;
}

/// The layer slides over an image; a vector of features or a sequence has no rows.
constexpr void require_image(std::string_view layer, Shape in, Declaration& d) {
  if (in.rank != 3) {
    d.refuse(about(layer, "the input must be an image"), words(in), "channels x height x width",
             "move the layer before flatten, or declare Input<C, H, W>");
  }
}

/// The layer slides along a sequence.
constexpr void require_sequence(std::string_view layer, Shape in, Declaration& d) {
  if (in.rank != 2) {
    d.refuse(about(layer, "the input must be a sequence"), words(in), "channels x length",
             in.rank == 3 ? "write the 2d form of the layer, or declare Input<C, L>"
                          : "move the layer before flatten, or declare Input<C, L>");
  }
}

/// "3x5" over an image, "5" over a sequence, which is an image of one row.
constexpr Sentence words(Extent2 e, Shape in) {
  return in.rank == 2 ? Sentence() << e.w : words(e);
}

constexpr void require_positive(std::string_view layer, std::string_view option, Extent2 e,
                                Shape in, std::string_view example, Declaration& d) {
  if (e.h < 1 || e.w < 1) {
    d.refuse(Sentence() << layer << ": the " << option << " must be positive", words(e, in),
             Sentence() << "at least " << words({1, 1}, in), Sentence() << "write " << example);
  }
}

/// The padding is given in numbers, of which none is negative.
constexpr void require_padding(std::string_view layer, Shape in, const Padding& p, Declaration& d) {
  if (p.is_same()) {
    d.refuse(about(layer, "the padding must be given in numbers"), ".padding = same",
             in.rank == 2 ? "one number, or {left, right}"
                          : "one number, {vertical, horizontal}, or all four sides",
             "write .padding = 1; same is for convolutions");
  } else if (p.top < 0 || p.left < 0 || p.bottom < 0 || p.right < 0) {
    d.refuse(about(layer, "the padding must not be negative"),
             in.rank == 2 ? Sentence() << "left " << p.left << ", right " << p.right
                          : Sentence() << "top " << p.top << ", left " << p.left << ", bottom "
                                       << p.bottom << ", right " << p.right,
             "0 or more on each side", "write .padding = 0, or leave it out");
  }
}

/// Kernel, stride and dilation are positive, and the padding is not negative.
constexpr void require_window_options(std::string_view layer, Shape in, const Window& w,
                                      Declaration& d) {
  if (w.kernel.w == not_given) {
    d.refuse(about(layer, "the kernel is missing"), "no .kernel",
             in.rank == 2 ? "one number" : "one number, or {height, width}", "write .kernel = 3");
  }
  require_positive(layer, "kernel", w.kernel, in, ".kernel = 3", d);
  require_positive(layer, "stride", w.stride, in, ".stride = 1, or leave it out", d);
  require_positive(layer, "dilation", w.dilation, in, ".dilation = 1, or leave it out", d);
  require_padding(layer, in, w.padding, d);
}

/// The options hold together, and the kernel fits.
constexpr void require_window(std::string_view layer, Shape in, const Window& w, Declaration& d) {
  require_window_options(layer, in, w, d);
  if (d.refusal.happened()) return;
  const Padding& p = w.padding;
  const Extent2 padded{in.height + p.top + p.bottom, in.width + p.left + p.right};
  const Extent2 covered{window::covered(w.kernel.h, w.dilation.h),
                        window::covered(w.kernel.w, w.dilation.w)};
  if (covered.h > padded.h || covered.w > padded.w) {
    Sentence got;
    got << "kernel " << words(covered, in);
    if (covered != w.kernel) got << " with its dilation";
    d.refuse(about(layer, "the kernel is larger than the padded input"), got,
             Sentence() << "at most " << words(padded, in),
             Sentence() << "write a smaller kernel or more padding; the input is "
                        << words({in.height, in.width}, in));
  }
}

/// A pooling window that lay in the padding alone would have nothing to pool.
constexpr void require_pool_padding(std::string_view layer, Shape in, const Window& w,
                                    Declaration& d) {
  const Extent2 most{window::covered(w.kernel.h, w.dilation.h) / 2,
                     window::covered(w.kernel.w, w.dilation.w) / 2};
  const Extent2 given{w.padding.top > w.padding.bottom ? w.padding.top : w.padding.bottom,
                      w.padding.left > w.padding.right ? w.padding.left : w.padding.right};
  if (given.h > most.h || given.w > most.w) {
    d.refuse(about(layer, "the padding must be at most half the kernel"), words(given, in),
             Sentence() << "at most " << words(most, in),
             in.rank == 2 ? Sentence() << "write .padding = " << most.w << ", or a larger kernel"
                          : Sentence() << "write .padding = {" << most.h << ", " << most.w
                                       << "}, or a larger kernel");
  }
}

/// What a normalisation adds to a variance keeps it from dividing by 0.
constexpr void require_positive_epsilon(std::string_view layer, float epsilon, Declaration& d) {
  if (!(epsilon > 0)) {
    d.refuse(about(layer, "epsilon must be positive"), epsilon <= 0 ? "0 or less" : "not a number",
             "more than 0", "write .epsilon = 1e-5f, or leave it out");
  }
}

}  // namespace convexpr::detail
