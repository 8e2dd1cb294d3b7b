// No tensor in the loss has the argument's shape.
// EXPECT: "gradient"
// EXPECT: gradient: the loss must read what the gradient is taken of
// EXPECT: a tensor of 3
// EXPECT: an operand of the loss
// EXPECT: write the tensor that stands in the loss: none in it has this shape
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

auto slopes(const cx::Tensor<float, 3, 5, 7>& x, const cx::Tensor<float, 3>& b) {
#if EXPECT_FAILURE
  return cx::gradient(cx::mean(cx::square(x)), x, b);
#else
  return cx::gradient(cx::mean(cx::square(x - cx::per_channel(b))), x, b);
#endif
}
