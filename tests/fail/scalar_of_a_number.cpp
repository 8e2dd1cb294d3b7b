// A number has no address that a gradient could be asked for by.
// EXPECT: "scalar"
// EXPECT: scalar: takes a variable of type float, which it refers to
// EXPECT: a temporary float
// EXPECT: a float with a name
// EXPECT: write the number itself, without scalar, where no gradient is asked for
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

void scale(const cx::Tensor<float, 7>& x, cx::Tensor<float, 7>& y) {
#if EXPECT_FAILURE
  y = cx::scalar(0.5F) * x;
#else
  y = 0.5F * x;
#endif
}
