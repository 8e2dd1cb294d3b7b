// A lambda that uses its argument 32 times: as a tree it has 32 leaves, called it has one.
// EXPECT: "an expression over tensors"
// EXPECT: expression: the expression has too many operands
// EXPECT: more than 24
// EXPECT: at most 24 tensors and numbers
// EXPECT: write call<f>(x, y), with a lambda f that may use x and y often
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

constexpr auto logistic = [](auto x) {
  const auto once = 4 * x * (1 - x);
  const auto twice = 4 * once * (1 - once);
  return twice * twice * twice * twice;
};

void iterate(const cx::Tensor<float, 7>& x, cx::Tensor<float, 7>& y) {
#if EXPECT_FAILURE
  y = logistic(x);
#else
  y = cx::call<logistic>(x);
#endif
}
