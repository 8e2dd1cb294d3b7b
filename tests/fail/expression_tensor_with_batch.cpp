// A batch and a tensor have different elements, even if one example is like the other.
// EXPECT: "an expression over tensors"
// EXPECT: expression: all tensors, and the one assigned to, must have one shape
// EXPECT: a tensor of 3x5x7
// EXPECT: a batch of 3x5x7
// EXPECT: write ys[i] for one example of a batch, which is a view
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

float distance(const cx::Batch<float, 3, 5, 7>& ys, const cx::Tensor<float, 3, 5, 7>& target) {
#if EXPECT_FAILURE
  return cx::mean(cx::square(ys - target));
#else
  return cx::mean(cx::square(ys[0] - target));
#endif
}
