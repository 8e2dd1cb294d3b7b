// A number that is added makes a number of the loss.
// EXPECT: "gradient"
// EXPECT: gradient: the loss must be made of sums and means
// EXPECT: float
// EXPECT: sum(e), mean(e), dot(p, q), their sums and multiples
// EXPECT: leave numbers that are added out: they have no slope
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

auto slopes(const cx::Tensor<float, 7>& x) {
#if EXPECT_FAILURE
  return cx::gradient(cx::mean(cx::square(x)) + 1.0F, x);
#else
  return cx::gradient(cx::mean(cx::square(x)), x);
#endif
}
