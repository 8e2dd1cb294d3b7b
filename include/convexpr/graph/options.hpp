// How a network is compiled: which of the passes that only save time or memory run.
#pragma once

namespace convexpr {

/// Whether a network may compute convolutions with fewer multiplications and a little more rounding
/// (Winograd's filtering: an error of at most 2e-5 of the largest magnitude in the tensor), or sums
/// products one by one.
enum class Numerics { fast, exact };
inline constexpr Numerics exact = Numerics::exact;

/// How convolutions are computed: as costs say, or all that can be in one way, for comparison.
enum class Filtering {
  automatic,
  direct,
  winograd_2,  // tiles of 2x2 outputs
  winograd_4   // of 4x4, or of 3x3 for 4x4 weights and for 7x7 or 8x8 ones at every second pixel
};

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
  Numerics numerics = Numerics::fast;
  Filtering filtering = Filtering::automatic;

  friend constexpr bool operator==(const Options&, const Options&) = default;
};

}  // namespace convexpr
