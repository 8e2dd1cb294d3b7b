// Weight sharing: one block at several places of a network.
#pragma once

#include <convexpr/layers/layer.hpp>

namespace convexpr {

/// The block; wherever the name stands again, it is the same block with the same parameters.
///
/// The parameters appear once in a state dict, where the name stands first: as those of
/// `named<Name>(block)`. Their gradient is the sum over all uses. Batch norms move their running
/// statistics with each use, in the order in which they run; each use of a dropout draws a mask of
/// its own.
///
/// Cost       the block's in every use; memory in training: the gradient of the largest layer that
///            is used again
/// Errors     while compiling: another block under the same name; an input on which a parameter has
///            another shape than in the first use; whatever `named` refuses of a name
/// See also   repeat, whose copies have parameters of their own
template <text Name, class Block>
struct Shared final : Layer {};

template <text Name, class Block>
constexpr Shared<Name, Block> shared(Block) {
  return {};
}

}  // namespace convexpr
