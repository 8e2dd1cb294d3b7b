// Numbers alone do not say over which elements.
// EXPECT: "an expression over tensors"
// EXPECT: expression: one operand must be a tensor, which says the shape
// EXPECT: numbers, or one number for each channel
// EXPECT: write y.fill(number) to give all elements of y one value
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

float largest(const cx::Tensor<float, 3>& b) {
#if EXPECT_FAILURE
  return cx::sum(cx::max(cx::per_channel(b), 0));
#else
  return cx::sum(cx::max(b, 0));
#endif
}
