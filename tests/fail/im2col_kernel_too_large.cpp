// A window that is larger than the image has no patch.
// EXPECT: "im2col"
// EXPECT: conv2d: the kernel is larger than the padded input
// EXPECT: kernel 5x5
// EXPECT: at most 4x6
#include <convexpr/inspect/im2col.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Image = cx::Tensor<float, 1, 4, 6>;
#else
using Image = cx::Tensor<float, 1, 5, 6>;
#endif

int main() { return static_cast<int>(cx::im2col<{.kernel = 5}>(Image{}).data()[0]); }
