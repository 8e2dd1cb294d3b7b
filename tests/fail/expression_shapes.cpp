// Three numbers are no image: how they are repeated must be said.
// EXPECT: "an expression over tensors"
// EXPECT: expression: all tensors, and the one assigned to, must have one shape
// EXPECT: a tensor of 3"
// EXPECT: a tensor of 3x5x7
// EXPECT: write per_channel(b) for a Tensor<float, C> b that is to be repeated over the rest
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

void add(const cx::Tensor<float, 3, 5, 7>& x, const cx::Tensor<float, 3>& b,
         cx::Tensor<float, 3, 5, 7>& y) {
#if EXPECT_FAILURE
  y = x + b;
#else
  y = x + cx::per_channel(b);
#endif
}
