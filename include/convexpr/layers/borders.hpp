// Checks of the border that a layer puts around its input: how wide it may be, and whether what it
// makes of the input suits the stride. Convolutions and `Pad2d` share them.
#pragma once

#include <climits>
#include <convexpr/layers/checks.hpp>

namespace convexpr::detail {

/// "{1, 2, 1, 3}", as users write it; "{2, 3}" around a sequence.
constexpr Sentence sides(const Padding& p, Shape in) {
  Sentence out("{");
  if (in.rank == 2) return out << p.left << ", " << p.right << "}";
  return out << p.top << ", " << p.left << ", " << p.bottom << ", " << p.right << "}";
}

/// The most rows and columns that each side of a border can have: one that copies the image has no
/// more to copy.
constexpr Extent2 widest_border(PaddingMode mode, Shape in) {
  switch (mode) {
    case PaddingMode::reflect: return {in.height - 1, in.width - 1};  // without the edge itself
    case PaddingMode::circular: return {in.height, in.width};
    case PaddingMode::zeros:
    case PaddingMode::replicate:
    case PaddingMode::mean: break;
  }
  return {INT_MAX, INT_MAX};
}

/// The image is large enough for the border that is made of it.
constexpr void require_border(std::string_view layer, Shape in, const Padding& p, PaddingMode mode,
                              Declaration& d) {
  const Extent2 most = widest_border(mode, in);
  const Extent2 given{p.top > p.bottom ? p.top : p.bottom, p.left > p.right ? p.left : p.right};
  if (given.h <= most.h && given.w <= most.w) return;
  d.refuse(about(layer, mode == PaddingMode::reflect
                            ? "a reflected padding must be smaller than the input"
                            : "a circular padding must not be larger than the input"),
           Sentence() << words(given, in) << " around " << words({in.height, in.width}, in),
           Sentence() << "at most " << words(most, in),
           "write less padding, or .padding_mode = PaddingMode::replicate");
}

/// Puts numbers in the place of `.padding = same`, which a stride other than 1 has none for.
constexpr void settle_padding(std::string_view layer, Shape in, Window& w, Declaration& d) {
  if (!w.padding.is_same()) return;
  w.padding = {0};
  const Extent2& k = w.kernel;
  const Extent2& s = w.stride;
  if (k.h < 1 || k.w < 1 || w.dilation.h < 1 || w.dilation.w < 1 || s.h < 1 || s.w < 1) {
    return;  // refused for that
  }
  w.padding = window::same_padding(k, w.dilation);
  if (s == Extent2(1)) return;
  d.refuse(about(layer, "same padding must have a stride of 1"),
           Sentence() << "stride " << words(s, in), Sentence() << "stride " << words({1, 1}, in),
           Sentence() << "write .padding = " << sides(w.padding, in) << ", or leave .stride out");
}

/// "1 row and 2 columns", "2 elements"
constexpr Sentence count_of(Extent2 e, Shape in) {
  Sentence out;
  if (in.rank == 2) return out << e.w << (e.w == 1 ? " element" : " elements");
  if (e.h > 0) out << e.h << (e.h == 1 ? " row" : " rows");
  if (e.h > 0 && e.w > 0) out << " and ";
  if (e.w > 0) out << e.w << (e.w == 1 ? " column" : " columns");
  return out;
}

/// The stride takes the window to the very end of the padded input.
///
/// Requires   a window that fits
constexpr void require_exact_fit(std::string_view layer, Shape in, const Window& w,
                                 PaddingMode mode, Declaration& d) {
  const Extent2 extent{in.height, in.width};
  const Extent2 over = window::left_over(extent, w);
  if (over == Extent2(0)) return;
  const Extent2 more{over.h > 0 ? w.stride.h - over.h : 0, over.w > 0 ? w.stride.w - over.w : 0};
  Padding fitting = w.padding;
  fitting.bottom += more.h;
  fitting.right += more.w;
  const Extent2 most = widest_border(mode, in);
  Sentence hint;
  if (fitting.bottom <= most.h && fitting.right <= most.w) {
    hint << "write .padding = " << sides(fitting, in) << ", or ";
  }
  hint << "make the input " << words({extent.h + more.h, extent.w + more.w}, in);
  d.refuse(about(layer, "with .exact_fit the stride must tile the padded input"),
           count_of(over, in) << " left over", "none left over", hint);
}

}  // namespace convexpr::detail
