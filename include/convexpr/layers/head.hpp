// Side outputs, which a network is trained with and runs without.
#pragma once

#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// y = x; besides, the branch reads x and gives a further output of the network, called `Name`.
///
/// `forward` gives the main output alone and leaves out whatever only heads need. Training gives
/// all: see `Backpropagation` and `vjp`. The branch's parameters are in the state dict like those
/// of `named<Name>(branch)`.
///
/// Shapes     x, y: any    the head: what the branch gives, `Net::heads` says it
/// Cost       in inference none
/// Errors     while compiling: the network has another head of this name; whatever `named` refuses
///            of a name
/// Source     Szegedy et al., "Going deeper with convolutions", CVPR 2015, for auxiliary classifiers
template <text Name, class Branch>
struct Head final : Layer {};

template <text Name, class Branch>
constexpr Head<Name, Branch> head(Branch) {
  return {};
}

}  // namespace convexpr
