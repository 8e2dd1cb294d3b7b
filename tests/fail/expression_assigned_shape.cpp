// What is assigned to has the shape of the expression.
// EXPECT: "an expression over tensors"
// EXPECT: expression: all tensors, and the one assigned to, must have one shape
// EXPECT: a tensor of 3x5x7
// EXPECT: a tensor of 3x7x5
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Sum = cx::Tensor<float, 3, 7, 5>;
#else
using Sum = cx::Tensor<float, 3, 5, 7>;
#endif

Sum twice(const cx::Tensor<float, 3, 5, 7>& x) { return x + x; }
