// What a gradient is taken of has a name, so that it can be found in the loss.
// EXPECT: "gradient"
// EXPECT: gradient: is taken of tensors, batches and floats
// EXPECT: operands of the loss, by name
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

auto slopes(const cx::Tensor<float, 7>& x) {
#if EXPECT_FAILURE
  return cx::gradient(cx::mean(cx::exp(2 * x)), 2 * x);
#else
  const cx::Tensor<float, 7> y = 2 * x;
  return cx::gradient(cx::mean(cx::exp(y)), y);
#endif
}
