// Four numbers for three channels.
// EXPECT: "an expression over tensors"
// EXPECT: per_channel: there must be one number for each channel
// EXPECT: 4 numbers
// EXPECT: 3, for a tensor of 3x5x7
// EXPECT: write per_channel(b) for a Tensor<float, 3> b
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Bias = cx::Tensor<float, 4>;
#else
using Bias = cx::Tensor<float, 3>;
#endif

void add(const cx::Tensor<float, 3, 5, 7>& x, const Bias& b, cx::Tensor<float, 3, 5, 7>& y) {
  y = x + cx::per_channel(b);
}
