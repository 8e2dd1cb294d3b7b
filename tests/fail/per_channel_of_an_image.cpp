// An image has its numbers already.
// EXPECT: "per_channel"
// EXPECT: per_channel: takes a tensor of one number for each channel
// EXPECT: a tensor of 3x1x1
// EXPECT: a Tensor or a TensorView with one extent
// EXPECT: write per_channel(b) for a Tensor<float, C> b
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
using Bias = cx::Tensor<float, 3, 1, 1>;
#else
using Bias = cx::Tensor<float, 3>;
#endif

auto biased(const cx::Tensor<float, 3, 5, 7>& x, const Bias& b) { return x + cx::per_channel(b); }
