// A number is its own mean, and most likely a mistake.
// EXPECT: "mean"
// EXPECT: mean: takes what has elements
// EXPECT: float
// EXPECT: a tensor, a batch, or an expression over them
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Values = float;
#else
using Values = cx::Tensor<float, 7>;
#endif

float average(const Values& x) { return cx::mean(x); }
