// Vectors hold floats.
// EXPECT: "an expression over tensors"
// EXPECT: expression: tensors in expressions hold floats
// EXPECT: Tensor<double
// EXPECT: values of type float
// EXPECT: copy the values to a Tensor<float, ...>
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Values = cx::Tensor<double, 7>;
#else
using Values = cx::Tensor<float, 7>;
#endif

auto twice(const Values& x) { return 2 * x; }
