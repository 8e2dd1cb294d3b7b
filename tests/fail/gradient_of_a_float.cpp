// A float in an expression is taken as the number that it is.
// EXPECT: "gradient"
// EXPECT: gradient: the loss must read what the gradient is taken of
// EXPECT: a float
// EXPECT: write scalar(a) in the loss for a float a: a alone is a number in it
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

float slope(const cx::Tensor<float, 7>& x, const float& a) {
#if EXPECT_FAILURE
  return cx::gradient(cx::mean(cx::square(a * x)), a);
#else
  return cx::gradient(cx::mean(cx::square(cx::scalar(a) * x)), a);
#endif
}
