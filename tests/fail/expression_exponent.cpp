// An exponent decides on the instructions.
// EXPECT: "an expression over tensors"
// EXPECT: expression: an exponent must be known while compiling
// EXPECT: pow(x, number) of a tensor
// EXPECT: write pow<3>(x) for pow(x, 3)
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

void cube(const cx::Tensor<float, 7>& x, cx::Tensor<float, 7>& y) {
#if EXPECT_FAILURE
  y = cx::pow(x, 3);
#else
  y = cx::pow<3>(x);
#endif
}
