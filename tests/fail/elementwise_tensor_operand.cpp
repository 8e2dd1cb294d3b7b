// A function of symbols is taken down before there are tensors.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: a function of symbols cannot read a tensor
// EXPECT: a tensor within the function
// EXPECT: let the tensor be another argument of the function
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

inline cx::Tensor<float, 7> table;

void look_up(const cx::Tensor<float, 7>& x, cx::Tensor<float, 7>& y) {
#if EXPECT_FAILURE
  y = cx::call<[](auto v) { return v * table; }>(x);
#else
  y = cx::call<[](auto v, auto t) { return v * t; }>(x, table);
#endif
}
