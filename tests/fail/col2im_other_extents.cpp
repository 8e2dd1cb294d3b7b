// The patches of a 3x3 window at 4 positions are no 4 x 4 matrix.
// EXPECT: "col2im"
// EXPECT: col2im: the matrix must have the extents that im2col gives it
// EXPECT: 4x4
// EXPECT: 9x4
// EXPECT: write the options and the Input of the image that the patches are of
#include <convexpr/inspect/im2col.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Columns = cx::Tensor<float, 4, 4>;
#else
using Columns = cx::Tensor<float, 9, 4>;
#endif

int main() {
  return static_cast<int>(cx::col2im<{.kernel = 3}, cx::Input<1, 4, 4>>(Columns{}).data()[0]);
}
