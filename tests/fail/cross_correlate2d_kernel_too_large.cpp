// A kernel of three rows does not fit into an image of two.
// EXPECT: "cross_correlate2d"
// EXPECT: cross_correlate2d: the kernel is larger than the image
// EXPECT: kernel 3x3
// EXPECT: at most 2x5
// EXPECT: write Overlap::same_size or Overlap::full
#include <convexpr/inspect/correlation.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Image = cx::Tensor<float, 2, 5>;
#else
using Image = cx::Tensor<float, 3, 5>;
#endif

int main() {
  const cx::Tensor<float, 3, 3> kernel;
  return static_cast<int>(cx::convolve2d<cx::Overlap::valid>(Image{}, kernel).data()[0]);
}
