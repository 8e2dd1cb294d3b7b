// How a network is compiled: which of the passes that only save time or memory run.
#pragma once

namespace convexpr {

/// The third argument of `Network`; what is computed does not depend on it, beyond rounding.
///
///     using Net = cx::Network<Architecture, cx::Input<3, 224, 224>, cx::Options{.overwrite = false}>;
///
/// Passes that give a mode its meaning (which layers do nothing in inference, what is derived for
/// training) always run.
struct Options {
  bool fuse_elementwise = true;  // chains of elementwise functions become one function
  bool attach_epilogues = true;  // functions and sums ride on the layer that computes their input
  bool fold_batch_norm = true;   // inference: scale and shift move into the weights before
  bool fuse_pooling = true;      // inference: a pool takes a convolution's output from registers
  bool merge_siblings = true;    // convolutions of one input run as one step
  bool place_concats = true;     // the parts of a concat are written where the whole will lie
  bool overwrite = true;         // elementwise work takes the place of its input
  bool search_placement = true;  // several orders of placing arrays are tried

  friend constexpr bool operator==(const Options&, const Options&) = default;
};

}  // namespace convexpr
