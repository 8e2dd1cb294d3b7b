// Long skips: a value gets a name on its way, and layers further on read it.
#pragma once

#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// y = x, which `concat_with<Name>` and `sum_with<Name>` may read again; costs nothing at run time.
///
/// Whatever runs later may read it, wherever it stands: in another branch, in a named block, in a
/// block around. Layers run in the order in which they are written. In its chain a tap has a
/// position, so the layer after it has the next one in a state dict.
///
/// Errors     while compiling: the network has another tap of this name
template <text Name>
struct Tap final : Layer {};

template <text Name>
inline constexpr Tap<Name> tap{};

/// Options of `concat_with` and `sum_with`.
struct SkipOptions {
  bool crop = false;  // read the middle of the tapped value, as large as the chain's value
};

/// The chain's value and, behind it, the one that was tapped, joined along the channels.
///
///     y = concat(x, tapped)
///
/// With `.crop`, as many rows are left out above as below, and columns left as right; of an odd
/// number, one more below and right.
///
/// Shapes     x: C x H x W    tapped: D x H x W, or larger with .crop    y: (C + D) x H x W
/// Errors     while compiling: no tap of this name runs before; another H or W, or a smaller one
/// Source     Ronneberger, Fischer, Brox, "U-Net: convolutional networks for biomedical image
///            segmentation", MICCAI 2015, which crops
/// See also   concat, for branches of one input
template <text Name, SkipOptions Options = {}>
struct ConcatWith final : Layer {};

template <text Name, SkipOptions Options = {}>
inline constexpr ConcatWith<Name, Options> concat_with{};

/// The chain's value plus the one that was tapped.
///
///     y = x + tapped
///
/// Shapes     x, y: C x H x W    tapped: the same, or larger in H and W with .crop
/// Errors     while compiling: no tap of this name runs before; another shape
/// See also   residual, for a skip around one block
template <text Name, SkipOptions Options = {}>
struct SumWith final : Layer {};

template <text Name, SkipOptions Options = {}>
inline constexpr SumWith<Name, Options> sum_with{};

}  // namespace convexpr
