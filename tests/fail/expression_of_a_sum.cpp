// A mean within an expression would be computed for every element.
// EXPECT: "an expression over tensors"
// EXPECT: expression: a sum over elements is no operand
// EXPECT: a sum or a mean
// EXPECT: a number
// EXPECT: write const float m = mean(x); and use m, which is a constant to gradients
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

void centre(const cx::Tensor<float, 7>& x, cx::Tensor<float, 7>& y) {
#if EXPECT_FAILURE
  y = x - cx::mean(x);
#else
  const float m = cx::mean(x);
  y = x - m;
#endif
}
