// What stands in the border around an image.
#pragma once

namespace convexpr {

/// What a padding holds.
///
/// In one dimension, with the image a b c d and a padding of 2 on each side:
///
///     zeros      0 0 a b c d 0 0
///     reflect    c b a b c d c b      padding smaller than the extent
///     replicate  a a a b c d d d
///     circular   c d a b c d a b      padding at most the extent
///     mean       m m a b c d m m      m: the mean of the channel over the image
enum class PaddingMode { zeros, reflect, replicate, circular, mean };

}  // namespace convexpr
