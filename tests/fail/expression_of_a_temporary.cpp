// A tree that refers to a temporary would read what is gone.
// EXPECT: "an expression over tensors"
// EXPECT: expression: tensors are referred to, so that none can be a temporary
// EXPECT: a tensor with a name
// EXPECT: write auto t = ...; and use t in the expression
#include <convexpr/expr/tensors.hpp>

namespace cx = convexpr;

using Image = cx::Tensor<float, 3, 5, 7>;
Image load();

void add(const Image& x, Image& y) {
#if EXPECT_FAILURE
  y = cx::exp(x) + load();
#else
  const Image loaded = load();
  y = cx::exp(x) + loaded;
#endif
}
