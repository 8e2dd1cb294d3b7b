// Layers made of layers: branches that are joined, blocks that are repeated, blocks with a name.
#pragma once

#include <convexpr/layers/identity.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// Branches that read one input; their outputs are joined along the channels.
///
/// Shapes     x: C x H x W    y: (C1 + ... + Cn) x H' x W', where branch i gives Ci x H' x W'
/// Errors     while compiling: no branch; branches of different H' x W' or rank
template <class... Branches>
struct Concat final : Layer {};

template <class... Branches>
constexpr Concat<Branches...> concat(Branches...) {
  return {};
}

/// Branches that read one input; their outputs, of one shape, are added.
///
/// Errors     while compiling: no branch; branches of different shapes
template <class... Branches>
struct Sum final : Layer {};

template <class... Branches>
constexpr Sum<Branches...> sum(Branches...) {
  return {};
}

/// A block with a skip: y = body(x) + shortcut(x), the shortcut being x itself unless given.
///
/// In a state dict the body is position 0 and the shortcut position 1.
///
/// Errors     while compiling: body and shortcut give different shapes
/// Source     He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016
template <class Body, class Shortcut = Identity>
struct Residual final : Layer {};

template <class Body>
constexpr Residual<Body> residual(Body) {
  return {};
}
template <class Body, class Shortcut>
constexpr Residual<Body, Shortcut> residual(Body, Shortcut) {
  return {};
}

/// The block n times, one after another, each time with parameters of its own.
///
/// Errors     while compiling: n < 1
template <int N, class Block>
struct Repeat final : Layer {};

template <int N, class Block>
constexpr Repeat<N, Block> repeat(Block) {
  return {};
}

/// The block, called `Name` in paths, in the state dict and in `shape_at`.
///
/// Errors     while compiling: the name is empty, is a number, has a dot, or is taken in the same
///            chain
template <text Name, class Block>
struct Named final : Layer {};

template <text Name, class Block>
constexpr Named<Name, Block> named(Block) {
  return {};
}

}  // namespace convexpr
